"""The CDK app: the stack, its constructs, its settings and the bundle that Lambda runs."""
