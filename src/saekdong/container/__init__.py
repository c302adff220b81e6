"""The image's entry points, `train` and `serve`, as SageMaker calls them.

layout        the folders under /opt/ml
job           a training job's configuration: hyperparameters, channels, hosts
training      `IMAGE train`
hosts         a job on several hosts
stopping      SIGTERM during training
serving       `IMAGE serve`
"""
