"""How `clean` tells people what it did."""
