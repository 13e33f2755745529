"""What Kubernetes manifests say."""
