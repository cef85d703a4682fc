"""Encoding by others: neutral questions, logs of answers that cannot be changed, and the cases made from them."""
