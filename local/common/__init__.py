"""Modules that all other packages of the local run share; it imports none of them."""
