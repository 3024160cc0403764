/// The natural logarithm, without a C library: a simulation prints the same figures everywhere.
enum NaturalLogarithm {
    private static let two = 0.693_147_180_559_945_3

    /// The logarithm of a number above 0.
    static func of(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return -700 }
        // value = significand * 2^exponent; the rest by the series of the inverse hyperbolic tangent.
        let ratio = (value.significand - 1) / (value.significand + 1)
        var sum = 0.0
        var power = ratio
        for divisor in stride(from: 1.0, through: 41, by: 2) {
            sum += power / divisor
            power *= ratio * ratio
        }
        return 2 * sum + Double(value.exponent) * NaturalLogarithm.two
    }
}
