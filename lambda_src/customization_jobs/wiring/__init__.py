"""Creates the parts of the function that its settings call for, and connects them."""
