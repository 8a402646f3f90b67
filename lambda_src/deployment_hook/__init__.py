"""The CodeDeploy hook, which checks a new version of a function before traffic is shifted to it."""
