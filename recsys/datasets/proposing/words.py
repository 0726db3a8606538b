"""What shops call their columns: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish."""

from __future__ import annotations

import re
import unicodedata

from recsys.schema import Kind

ITEM_WORDS = {
    "item_id": "item id|sku|product id|item|product|article id|article number|article no|asin|parent asin|id|code|"
    "product code|artikelnummer|artikel nr|artikelnr|artikel|produkt id|artnr|reference|ref|identifiant|id produit|"
    "codigo|referencia|id producto|codice|codice articolo|id prodotto|codigo produto|artikelcode|indeks|kod|"
    "kod produktu|artikelnummer",
    "title": "title|name|product name|item name|product title|item title|titel|bezeichnung|produktname|artikelname|nom|"
    "titre|libelle|nom produit|nombre|titulo|nombre producto|nome|titolo|nome prodotto|nome produto|naam|productnaam|"
    "nazwa|nazwa produktu|namn|produktnamn",
    "description": "description|body|text|details|long description|product description|beschreibung|"
    "produktbeschreibung|descriptif|descripcion|descrizione|descricao|omschrijving|beschrijving|opis|beskrivning",
    "category": "category|categories|category path|path|product type|department|taxonomy|kategorie|warengruppe|rubrik|"
    "categorie|rayon|categoria|categorias|categoria producto|reparto|kategoria|kategori",
    "brand": "brand|maker|manufacturer|vendor|label|marke|hersteller|marque|fabricant|fabricante|marca|merk|fabrikant|"
    "marka|producent|varumarke|tillverkare",
    "price": "price|sale price|selling price|unit price|price eur|price usd|price gbp|amount|preis|verkaufspreis|vk|"
    "prix|tarif|precio|prezzo|preco|prijs|cena|pris",
    "currency": "currency|currency code|wahrung|waehrung|devise|monnaie|moneda|valuta|moeda|waluta",
    "rating": "rating|average rating|stars|score|bewertung|note|valoracion|valutazione|avaliacao|beoordeling|ocena|"
    "betyg",
    "rating_count": "rating count|ratings|reviews|review count|number of reviews|rating number|anzahl bewertungen",
    "image": "image|image url|image link|picture|photo|img|bild|bild url|photo url|imagen|immagine|imagem|afbeelding|"
    "zdjecie|bildlank",
    "in_stock": "in stock|stock|availability|available|quantity|qty|inventory|bestand|lagerbestand|verfugbar|lager|"
    "verfugbarkeit|en stock|disponible|disponibilite|existencias|disponibilidad|giacenza|disponibile|estoque|"
    "disponivel|voorraad|stan|dostepnosc|lagersaldo",
    "created_at": "created at|created|date added|added|published at|erstellt|erstellt am|angelegt|date creation|"
    "fecha alta|data creazione|aangemaakt",
}
"""Our column -> names of it, the likelier ones first."""
EVENT_WORDS = {
    "user_id": "user id|user|customer id|customer|visitor id|visitor|client id|client|member id|email|account id|"
    "shopper id|kunde|kunden id|kundennummer|kundennr|utilisateur|id client|cliente|id cliente|usuario|utente|klant|"
    "klantnummer|klient|uzytkownik|kund|kundnummer|uid|u|session id|session",
    "item_id": ITEM_WORDS["item_id"],
    "at": "at|time|timestamp|ts|date|datetime|created at|event time|order date|zeit|zeitpunkt|datum|bestelldatum|"
    "date commande|heure|fecha|fecha pedido|hora|data|data ordine|tijd|czas|tid",
    "kind": "kind|event|event type|action|type|event name|ereignis|aktion|evenement|accion|evento|tipo|azione|acao|"
    "actie|zdarzenie|typ|handelse",
    "event_id": "event id|message id|uuid",
    "session_id": "session id|session|visit id|order id|order|order number|bestellnummer|sitzung|commande|pedido|"
    "ordine|bestelling|zamowienie",
    "query": "query|search|search term|search query|keyword|suchbegriff|recherche|busqueda|ricerca|zoekterm|fraza",
    "slate_id": "slate id",
    "surface": "surface",
    "position": "position|rank",
    "platform": "platform|device|gerat|appareil|dispositivo",
    "price": ITEM_WORDS["price"],
    "quantity": "quantity|qty|count|menge|anzahl|quantite|cantidad|quantita|quantidade|aantal|ilosc|antal",
    "rating": ITEM_WORDS["rating"],
}
ATTRIBUTE_WORDS = (
    "colour|color|colours|colors|size|sizes|material|gender|pattern|style|fit|season|age group|farbe|grosse|groesse|"
    "couleur|taille|matiere|talla|tallas|colore|taglia|cor|tamanho|kleur|maat|kolor|rozmiar|farg|storlek"
)
KIND_WORDS: dict[Kind, str] = {
    "impression": "impression|view item list|shown|served",
    "click": "click|clicks|view|views|product view|view product|product viewed|view item|detail page view|page view "
    "product|klick|ansicht|clic|vue|vista|visualizzazione|klik|bekijken|open",
    "favourite": "favourite|favorite|like|wishlist|add to wishlist|merken|favori|favorito|preferito|favoriet",
    "cart": "cart|carts|add|add to cart|addtocart|basket|add to basket|product added|warenkorb|panier|ajout panier|"
    "carrito|carrello|carrinho|winkelwagen|koszyk",
    "purchase": "purchase|purchases|buy|order|orders|checkout|transaction|sale|order completed|bought|kauf|bestellung|"
    "achat|commande|compra|pedido|acquisto|ordine|aankoop|bestelling|zakup|kop",
    "review": "review|rate|rating|bewertung|avis|resena|recensione",
    "return": "return|refund|returned|refunded|retoure|ruckgabe|retour|devolucion|reso|zwrot",
}


def plain(name: str) -> str:
    """A name in small letters without accents, words apart: `PreisEUR` -> `preis eur`, `Größe` -> `grosse`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", apart.casefold()) if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[^\W_]+", bare.replace("ł", "l")))


def likeness(name: str, words: str) -> int:
    """How well a column's name fits: the whole name is one of the words (the first best), or ends or begins so."""
    own, known = plain(name), words.split("|")
    if own in known:
        return 1000 - known.index(own)
    parts = [number for number, word in enumerate(known) if own.endswith(f" {word}") or own.startswith(f"{word} ")]
    return 500 - parts[0] if parts else 0


def kind_of(word: str) -> Kind | None:
    """What kind of event a shop's word means, as far as its name says."""
    best = max(KIND_WORDS, key=lambda kind: likeness(word, KIND_WORDS[kind]))
    return best if likeness(word, KIND_WORDS[best]) else None
