"""What the words of a search mean: prices, values of the shop, what must not be there, exact phrases."""
