import Domain

extension FieldReader {
    /// Reads a field of images: data URLs, `http` or `https` URLs, or bare Base64.
    func images(_ key: String) -> [ImagePart] {
        let texts = self.strings(key, atMost: 1000) ?? []
        let isOne = self.value(key)?.string != nil
        return texts.enumerated().compactMap { index, text in
            let pointer = isOne ? self.pointer(to: key) : "\(self.pointer(to: key))/\(index)"
            do {
                return try ImagePart(anyForm: text, pointer: pointer)
            } catch {
                self.faults.add(pointer, error)
                return nil
            }
        }
    }

    /// Reads in which form images are to be sent on: `image_compression`, `max_dimension`, `compression_format`.
    func imageWish() -> ImageWish {
        var wish = ImageWish()
        wish.compresses = self.bool("image_compression") ?? true
        wish.maxDimension = self.integer("max_dimension", in: ImageWish.dimensions)
        wish.format = self.choice("compression_format", as: ImageFormat.self)
        return wish
    }
}
