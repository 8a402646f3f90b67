"""The callers: each module knows one kind of event and the answer that it expects, and nothing of Bedrock."""
