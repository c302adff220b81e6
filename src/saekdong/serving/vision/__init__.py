"""Google Cloud Vision's API on this machine: IMAGE_PROPERTIES over REST and gRPC, as Google's own clients call it.

The modules that REST needs work without Google's libraries; `grpc_server` needs the extra `google`.
"""
