"""The part of AWS that the service calls, served by moto, with Bedrock's customization jobs corrected."""
