"""Where endpoints are hosted: one contract, `platform`, and its answers, on this machine and on Amazon SageMaker."""
