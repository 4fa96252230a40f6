"""The official images of docker-compose.yml under tests whose bodies also run on the local servers, everywhere."""
