"""The raw material of simulated jobs: base models, teams with their projects, and reasons for failures."""

MODELS = {
    "FINE_TUNING": (
        "amazon.nova-lite-v1:0:300k",
        "amazon.nova-micro-v1:0:128k",
        "amazon.titan-text-express-v1:0:8k",
        "meta.llama3-1-8b-instruct-v1:0:128k",
        "anthropic.claude-3-haiku-20240307-v1:0:200k",
    ),
    "CONTINUED_PRE_TRAINING": ("amazon.titan-text-express-v1:0:8k",),
    "DISTILLATION": ("amazon.nova-micro-v1:0:128k", "meta.llama3-1-8b-instruct-v1:0:128k"),
    "REINFORCEMENT_FINE_TUNING": ("amazon.nova-lite-v1:0:300k",),
    "IMPORTED": ("meta.llama3-1-8b-instruct-v1:0:128k",),
}
# The tag that says whose a job is.
OWNER_TAG = "team"
PROJECTS_BY_TEAM = {
    "support": ("ticket-triage", "reply-drafts", "call-summaries"),
    "search": ("query-rewrite", "intent-routing", "snippets"),
    "legal": ("clause-extraction", "contract-summaries"),
    "risk": ("alert-triage", "claim-notes"),
    "catalog": ("attributes", "product-copy", "translations"),
}
# AWS's own examples: https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html
FAILURE_MESSAGES = (
    "Could not validate GetObject permissions to access Amazon S3 bucket: training-data at key train.jsonl",
    "Unable to parse Amazon S3 file: train.jsonl. Data files must conform to JSONL format.",
    "Maximum input token count 4097 exceeds limit of 4096",
    "Input size exceeded in file train.jsonl for record starting with...",
    "Encountered an unexpected error when processing the request, please try again",
)


def tags_of(job_name: str) -> dict[str, str]:
    """Return the tags of a simulated job, whose name begins with its team."""
    return {OWNER_TAG: job_name.partition("-")[0], "stage": "production"}
