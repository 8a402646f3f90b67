"""The basis of the other rooms; imports none of them."""
