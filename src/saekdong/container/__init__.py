"""The image's entry points, `train` and `serve`, as SageMaker calls them.

layout        the folders under /opt/ml
job           what a training job is told: hyperparameters, channels, hosts
training      `IMAGE train`
hosts         a job on several hosts
stopping      SIGTERM while it trains
serving       `IMAGE serve`
"""
