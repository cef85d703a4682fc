"""The verbs as they are typed, each a thin function with its options."""
