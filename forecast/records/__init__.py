"""What an analyst states: frozen, checked records that read and compute nothing."""
