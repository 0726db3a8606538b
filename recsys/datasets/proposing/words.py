"""What shops call their columns, in the languages of most shops of Europe, in Turkish, Japanese, Chinese and Korean."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from recsys.schema import Kind

ITEM_WORDS = {
    "item_id": "item id|sku|product id|item|product|article id|article number|article no|asin|parent asin|id|code|"
    "product code|artikelnummer|artikel nr|artikelnr|artikel|produkt id|artnr|reference|ref|identifiant|"
    "id produit|codigo|referencia|id producto|codice|codice articolo|id prodotto|codigo produto|artikelcode|"
    "indeks|kod|kod produktu|product number|article|art nr|artno|seller sku|custom label sku|custom label|"
    "item number|商品管理番号|商品番号|商品コード|商品id|商品编号|商品編號|货号|商品编码|상품번호|상품코드|"
    "артикул|код товара|stok kodu|urun kodu|kod zbozi|varenummer|varenr|tuotenumero|tuotekoodi|cikkszam|cod produs|"
    "ordernumber",
    "title": "title|name|product name|item name|product title|item title|titel|bezeichnung|produktname|"
    "artikelname|nom|titre|libelle|nom produit|nombre|titulo|nombre producto|nome|titolo|nome prodotto|"
    "nome produto|naam|productnaam|nazwa|nazwa produktu|namn|produktnamn|productname|artikelbezeichnung|"
    "designation|商品名|商品名称|商品名稱|标题|품명|상품명|наименование|название|urun adi|nazev|nazev produktu|"
    "varenavn|produktnavn|tuotenimi|nev|denumire",
    "description": "description|body|text|details|long description|product description|beschreibung|"
    "produktbeschreibung|descriptif|descripcion|descrizione|descricao|omschrijving|beschrijving|opis|beskrivning|"
    "descriptionlong|商品説明|説明|商品描述|描述|상품설명|описание|aciklama|popis|beskrivelse|kuvaus|leiras|"
    "descriere",
    "category": "category|categories|category path|path|product type|department|taxonomy|kategorie|warengruppe|"
    "rubrik|categorie|rayon|categoria|categorias|categoria producto|reparto|kategoria|kategori|categorytext|"
    "product category|famille|ジャンル|カテゴリ|カテゴリー|类目|类别|分类|分類|카테고리|категория|kategorie zbozi|"
    "luokka|kategoria termeka",
    "brand": "brand|maker|manufacturer|vendor|label|marke|hersteller|marque|fabricant|fabricante|marca|merk|"
    "fabrikant|marka|producent|varumarke|tillverkare|supplier|manufacturer name|brand name|ブランド|メーカー|品牌|"
    "브랜드|бренд|производитель|vyrobce|znacka|merke|merkki|gyarto|producator",
    "price": "price|sale price|selling price|unit price|price eur|price usd|price gbp|amount|preis|verkaufspreis|"
    "vk|prix|tarif|precio|prezzo|preco|prijs|cena|pris|price gross|price incl|price with tax|price vat|"
    "start price|vk brutto|bruttopreis|販売価格|価格|价格|售价|單價|价钱|판매가|가격|цена|fiyat|satis fiyati|"
    "hinta|ar|pret",
    "currency": "currency|currency code|wahrung|waehrung|devise|monnaie|moneda|valuta|moeda|waluta|currency id|"
    "currencyid|通貨|币种|통화|валюта|para birimi|mena|penznem|valuutta",
    "rating": "rating|average rating|stars|score|bewertung|note|valoracion|valutazione|avaliacao|beoordeling|"
    "ocena|betyg",
    "rating_count": "rating count|ratings|reviews|review count|number of reviews|rating number|anzahl bewertungen",
    "image": "image|image url|image link|picture|photo|img|bild|bild url|photo url|imagen|immagine|imagem|"
    "afbeelding|zdjecie|bildlank|imgurl|cover media url|hauptbild|商品画像|画像|图片|이미지|изображение|фото|"
    "resim|obrazek|kuva|kep",
    "in_stock": "in stock|stock|availability|available|quantity|qty|inventory|bestand|lagerbestand|verfugbar|"
    "lager|verfugbarkeit|en stock|disponible|disponibilite|existencias|disponibilidad|giacenza|disponibile|"
    "estoque|disponivel|voorraad|stan|dostepnosc|lagersaldo|instock|current stock level|inventory level|"
    "available quantity|stock level|stok|在庫数|在庫|库存|庫存|재고|остаток|наличие|stok miktari|sklad|na sklade|"
    "dostupnost|varasto|keszlet|stoc|stan magazynowy|lagerantal",
    "created_at": "created at|created|date added|added|published at|erstellt|erstellt am|angelegt|date creation|"
    "fecha alta|data creazione|aangemaakt|open date|date created|start date|登録日|创建时间|上架时间",
}
"""Our column -> names of it, the likelier ones first."""
OF_A_ROW = (
    "id",
    "ordernumber",
    "code",
    "reference",
    "ref",
    "identifiant",
    "codigo",
    "referencia",
    "codice",
    "indeks",
    "kod",
)
"""Names of ids that are an item's in a catalogue, and anything's in a log."""
EVENT_WORDS = {
    "user_id": "user id|user|customer id|customer|visitor id|visitor|client id|client|member id|email|account id|"
    "shopper id|kunde|kunden id|kundennummer|kundennr|utilisateur|id client|cliente|id cliente|usuario|utente|"
    "klant|klantnummer|klient|uzytkownik|kund|kundnummer|uid|u|session id|session|buyer|buyer id|buyer username|"
    "buyer email|email address|shopper|kaufer|acheteur|comprador|会員id|会員番号|顧客番号|买家id|买家|用户id|"
    "会员id|회원id|고객번호|покупатель|клиент|id клиента|пользователь|musteri|musteri id|zakaznik|kunde id|"
    "asiakas|vasarlo|zamawiajacy|ostaja",
    "item_id": "|".join(word for word in ITEM_WORDS["item_id"].split("|") if word not in OF_A_ROW),
    "at": "at|time|timestamp|ts|date|datetime|created at|event time|order date|zeit|zeitpunkt|datum|bestelldatum|"
    "date commande|heure|fecha|fecha pedido|hora|data|data ordine|tijd|czas|tid|sale date|purchased at|created|"
    "paid at|注文日時|注文日|購入日時|下单时间|订单时间|时间|주문일시|дата|дата заказа|tarih|siparis tarihi|"
    "data zamowienia|dato|paivamaara|datum objednavky|event date|occurred at|timestamp ms",
    "kind": "kind|event|event type|action|type|event name|ereignis|aktion|evenement|accion|evento|tipo|azione|"
    "acao|actie|zdarzenie|typ|handelse|event kind|behaviour|behavior|behavior type|行为",
    "event_id": "event id|message id|uuid|id|transaction id|order item id|line id|sales record number",
    "session_id": "session id|session|visit id|order id|order|order number|bestellnummer|sitzung|commande|pedido|"
    "ordine|bestelling|zamowienie|order no|order nr|nr zamowienia|numero commande|注文番号|订单号|订单编号|"
    "주문번호|номер заказа|siparis no|objednavka|ordrenummer",
    "query": "query|search|search term|search query|keyword|suchbegriff|recherche|busqueda|ricerca|zoekterm|fraza",
    "slate_id": "slate id",
    "surface": "surface",
    "position": "position|rank",
    "platform": "platform|device|gerat|appareil|dispositivo",
    "price": ITEM_WORDS["price"],
    "quantity": "quantity|qty|count|menge|anzahl|quantite|cantidad|quantita|quantidade|aantal|ilosc|antal|個数|"
    "数量|购买数量|수량|количество|adet|miktar|mnozstvi|maara|mennyiseg|quantity purchased|qty ordered",
    "rating": ITEM_WORDS["rating"],
}
ATTRIBUTE_WORDS = (
    "colour|color|colours|colors|size|sizes|material|gender|pattern|style|fit|season|age group|farbe|grosse|groesse|"
    "couleur|taille|matiere|talla|tallas|colore|taglia|cor|tamanho|kleur|maat|kolor|rozmiar|farg|storlek|カラー|色|サイズ|"
    "素材|颜色|顏色|尺码|尺寸|材质|색상|사이즈|цвет|размер|материал|renk|beden|barva|velikost|farve|storrelse|vari|koko|szin|meret"
)
KIND_WORDS: dict[Kind, str] = {
    "impression": "impression|view item list|shown|served",
    "click": "click|clicks|view|views|product view|view product|product viewed|view item|detail page view|"
    "page view product|klick|ansicht|clic|vue|vista|visualizzazione|klik|bekijken|open",
    "favourite": "favourite|favorite|like|wishlist|add to wishlist|merken|favori|favorito|preferito|favoriet",
    "cart": "cart|carts|add|add to cart|addtocart|basket|add to basket|product added|warenkorb|panier|"
    "ajout panier|carrito|carrello|carrinho|winkelwagen|koszyk",
    "purchase": "purchase|purchases|buy|order|orders|checkout|transaction|sale|order completed|bought|kauf|"
    "bestellung|achat|commande|compra|pedido|acquisto|ordine|aankoop|bestelling|zakup|kop",
    "review": "review|rate|rating|bewertung|avis|resena|recensione",
    "return": "return|refund|returned|refunded|retoure|ruckgabe|retour|devolucion|reso|zwrot",
}


NOT_THE_PRICE = frozenset(
    (
        *("cost", "purchase", "ek", "einkauf", "surcharge", "shipping", "delivery", "versand", "deposit", "rrp", "uvp"),
        *("msrp", "old", "pseudo", "compare", "kosten", "total", "subtotal", "gesamt", "summe"),
    )
)
"""A price with one of these words in its name is not what a shopper pays."""
LESS_THE_PRICE = frozenset(("net", "netto", "excl", "excluding", "ht", "before", "list", "retail", "start", "without"))
"""A price with one of these is, where there is no other."""


def plain(name: str) -> str:
    """A name in small letters without accents, words apart: `PreisEUR` -> `preis eur`, `Größe` -> `grosse`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    bare = "".join(sign for sign in _small(apart) if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[^\W_]+", bare))


def _small(name: str) -> str:
    """Small letters, with signs of Latin letters apart; those of kana stay."""
    parts = (unicodedata.normalize("NFKD", sign) if ord(sign) < 0x3000 else sign for sign in name.casefold())
    return "".join(parts).translate({ord("ł"): "l", ord("ı"): "i", ord("ø"): "o"})


@lru_cache(maxsize=64)
def _known(words: str) -> dict[str, tuple[int, str]]:
    """Word without spaces -> its place, and the word."""
    found: dict[str, tuple[int, str]] = {}
    for number, word in enumerate(map(plain, words.split("|"))):
        found.setdefault(word.replace(" ", ""), (number, word))
    return found


def likeness(name: str, words: str) -> int:
    """How well a column's name fits: the whole name is one of the words (the first best), or ends or begins so."""
    own, known = plain(name), _known(words)
    alike = known.get(own.replace(" ", ""))
    if alike is not None:
        return 1000 - alike[0]
    parts = [number for number, word in known.values() if own.endswith(f" {word}") or own.startswith(f"{word} ")]
    return 500 - parts[0] if parts else 0


def kind_of(word: str) -> Kind | None:
    """What kind of event a shop's word means, as far as its name says."""
    best = max(KIND_WORDS, key=lambda kind: likeness(word, KIND_WORDS[kind]))
    return best if likeness(word, KIND_WORDS[best]) else None
