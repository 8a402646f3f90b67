"""The state machines of the stack, executed in this process by moto's interpreter."""
