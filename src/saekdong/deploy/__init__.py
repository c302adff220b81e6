"""Host endpoints: the contract (`platform`) and its two implementations, on this machine and on Amazon SageMaker."""
