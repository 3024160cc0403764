public import Application
import CBase64

/// Base64 by the vector unit where there is one.
public struct VectorBase64: Base64Coding {
    /// Creates it; it has no state.
    public init() {}

    /// See ``Base64Coding/decode(_:)``.
    public func decode(_ text: some Collection<UInt8>) throws(Base64Fault) -> [UInt8] {
        guard !text.isEmpty else { return [] }
        let result = self.reading(text) { text in
            var fault: Base64Fault?
            let bytes = [UInt8](unsafeUninitializedCapacity: cbase64_decoded_room(text.count)) { output, count in
                let result = cbase64_decode(text.baseAddress, text.count, output.baseAddress)
                count = result.written
                if result.is_valid == 0 { fault = Base64Fault(offset: result.fault) }
            }
            return (bytes: bytes, fault: fault)
        }
        if let fault = result.fault { throw fault }
        return result.bytes
    }

    /// See ``Base64Coding/encode(_:)``.
    public func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        return self.reading(bytes) { bytes in
            [UInt8](unsafeUninitializedCapacity: cbase64_encoded_length(bytes.count)) { output, count in
                cbase64_encode(bytes.baseAddress, bytes.count, output.baseAddress)
                count = cbase64_encoded_length(bytes.count)
            }
        }
    }

    /// The bytes where they lie; a collection that is not in one piece is copied first.
    private func reading<Result>(
        _ bytes: some Collection<UInt8>,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        bytes.withContiguousStorageIfAvailable(body) ?? Array(bytes).withUnsafeBufferPointer(body)
    }
}
