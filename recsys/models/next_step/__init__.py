"""Which of some candidates a person chooses next."""
