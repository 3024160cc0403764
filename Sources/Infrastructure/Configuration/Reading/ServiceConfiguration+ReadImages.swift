import Domain

extension ServiceConfiguration.Images {
    mutating func read(_ reader: SettingsReader) {
        reader.read("max_dimension", into: &self.maxDimension, in: 16...16_384)
        reader.read("quality", into: &self.quality, in: 1...100)
        reader.read("png_level", into: &self.pngLevel, in: 0...9)
        reader.read("max_bytes", into: &self.limits.maxBytes, in: 1024...1_073_741_824)
        reader.read("max_pixels", into: &self.limits.maxPixels, in: 1...1_000_000_000)
        reader.read("max_per_request", into: &self.limits.maxPerRequest, in: 1...1000)
        reader.read("max_decoded_bytes", into: &self.limits.maxDecodedBytes, in: 1_048_576...1_099_511_627_776)
        reader.read("workers", into: &self.workers, in: 1...1024)
        reader.read("max_tokens", into: &self.maxTokens, in: 0...1_000_000)
        reader.read("urls", into: &self.urls)
        reader.read("url_timeout_seconds", into: &self.urlTimeout, in: 0.1...3600)
        reader.read("url_redirects", into: &self.urlRedirects, in: 0...20)
        reader.read("url_fetches", into: &self.urlFetches, in: 1...1024)
    }
}

extension ServiceConfiguration.ImageCaching {
    mutating func read(_ reader: SettingsReader) {
        reader.read("max_bytes", into: &self.maxBytes, in: 0...1_099_511_627_776)
        reader.read("ttl_seconds", into: &self.timeToLive)
    }
}
