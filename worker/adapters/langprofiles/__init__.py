"""N-gram profiles of languages that langdetect brings none for; README.md says where their counts come from."""
