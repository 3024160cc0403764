/// The exact value of a JSON number: a sign, digits and a power of ten.
///
/// JSON Schema compares numbers by their value: `1`, `1.0` and `10e-1` are one number, and so large ones are not rounded.
struct DecimalNumber: Sendable, Hashable, Comparable {
    /// Beyond this power of ten all numbers are treated as if they had it: no limit of a schema is out there.
    private static let exponentLimit = 1 << 40

    private let isNegative: Bool
    /// 0…9, the most significant first, without zeros at either end; none is zero.
    private let digits: [UInt8]
    private let exponent: Int

    /// The value of a number.
    init(_ number: JSONNumber) {
        var digits: [UInt8] = []
        var exponent = 0
        var isFraction = false
        let text = number.text.utf8
        var index = text.startIndex
        scan: while index < text.endIndex {
            switch text[index] {
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                exponent += DecimalNumber.exponent(text[text.index(after: index)...])
                break scan
            case let byte where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
                digits.append(byte - UInt8(ascii: "0"))
                if isFraction { exponent -= 1 }
            default: break
            }
            index = text.index(after: index)
        }
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        self.digits = Array(digits.drop { $0 == 0 })
        self.exponent = self.digits.isEmpty ? 0 : exponent
        self.isNegative = text.first == UInt8(ascii: "-") && !self.digits.isEmpty
    }

    /// Whether the number is whole.
    var isInteger: Bool { self.exponent >= 0 }

    /// Whether the number is above zero.
    var isPositive: Bool { !self.isNegative && !self.digits.isEmpty }

    /// The digits as a whole number without its power of ten; nil where there are more than 18.
    private var significand: UInt64? {
        guard self.digits.count <= 18 else { return nil }
        return self.digits.reduce(0) { $0 * 10 + UInt64($1) }
    }

    /// Whether ``isMultiple(of:)`` can tell of this number: it has at most 18 digits and is above zero.
    var isDivisor: Bool { self.isPositive && self.significand != nil }

    /// Whether the number is a whole multiple of another, which has to be a divisor.
    func isMultiple(of divisor: DecimalNumber) -> Bool {
        guard let modulus = divisor.significand, modulus > 0 else { return false }
        guard !self.digits.isEmpty else { return true }
        // Without zeros at its end the number cannot be a multiple of something that has some.
        guard self.exponent >= divisor.exponent else { return false }
        let modulus128 = UInt128(modulus)
        var rest = self.digits.reduce(UInt128(0)) { ($0 * 10 + UInt128($1)) % modulus128 }
        // Times the power of ten that is left, by repeated squaring.
        var (power, base) = (self.exponent - divisor.exponent, UInt128(10) % modulus128)
        while power > 0, rest > 0 {
            if power & 1 == 1 { rest = rest * base % modulus128 }
            base = base * base % modulus128
            power >>= 1
        }
        return rest == 0
    }

    static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? right.isSmaller(than: left) : left.isSmaller(than: right)
    }

    /// The number's only spelling.
    var canonical: String {
        let digits = self.digits.isEmpty ? "0" : self.digits.map(String.init).joined()
        return "\(self.isNegative ? "-" : "")\(digits)e\(self.exponent)"
    }

    /// Compares without looking at the signs.
    private func isSmaller(than other: DecimalNumber) -> Bool {
        guard !self.digits.isEmpty, !other.digits.isEmpty else { return self.digits.isEmpty && !other.digits.isEmpty }
        let (magnitude, otherMagnitude) = (self.digits.count + self.exponent, other.digits.count + other.exponent)
        if magnitude != otherMagnitude { return magnitude < otherMagnitude }
        return self.digits.lexicographicallyPrecedes(other.digits)
    }

    private static func exponent(_ text: Substring.UTF8View.SubSequence) -> Int {
        let isNegative = text.first == UInt8(ascii: "-")
        var value = 0
        for byte in text where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            value = min(value * 10 + Int(byte - UInt8(ascii: "0")), DecimalNumber.exponentLimit)
        }
        return isNegative ? -value : value
    }
}
