"""The names under which AWS clients know the service."""

# The command of the AWS CLI and the argument of boto3's `client`: the name of the model's folder.
SERVICE = "customization-jobs"
# From it follow AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS, and `customization_jobs` in a services section.
SERVICE_ID = "Customization Jobs"
SERVICE_KEY = "customization_jobs"
# What API Gateway expects in a signature.
SIGNING_NAME = "execute-api"
