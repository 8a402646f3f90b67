"""The template for the members of a fleet: plain CloudFormation without assets, for a StackSet.

`template` makes it, and `python -m infra.member_template` writes it.
"""
