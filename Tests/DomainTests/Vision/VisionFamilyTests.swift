import Domain
import Testing

@Suite("What an image costs a model in tokens")
struct VisionFamilyTests {
    @Test(
        "Known families follow their own arithmetic",
        arguments: [
            // 1288 by 966 is 46 by 34.5 cells of 28 pixels; half is rounded to even.
            ("qwen25vl", "qwen2.5vl:7b", 1288, 966, 46 * 34), ("qwen25vl", "qwen2.5vl:7b", 20, 20, 4),
            // Brought down to two mebipixels: 74 by 35 cells.
            ("qwen25vl", "x", 4200, 2000, 74 * 35), ("qwen3vl", "qwen3-vl:8b", 1024, 768, 32 * 24),
            ("qwen3vl", "x", 64, 64, 64), ("gemma3", "gemma3:4b", 4000, 10, 256), ("mllama", "x", 500, 500, 1),
            (nil, "llama3.2-vision:11b", 500, 500, 1), (nil, "llava:7b", 10, 10, 576),
            (nil, "minicpm-v:8b", 400, 400, 64), (nil, "minicpm-v:8b", 1568, 1568, 640),
            ("mistral3", "x", 1540, 1540, 55 * 55 + 55), (nil, "who-knows", 1, 1, 768),
        ] as [(String?, String, Int, Int, Int)]
    )
    func tokens(family: String?, name: String, width: Int, height: Int, tokens: Int) throws {
        let known = VisionFamily(family: family, name: try ModelName(name))
        #expect(known.tokens(width: width, height: height) == tokens)
    }

    @Test("A size is found that costs no more than the budget, and hardly less")
    func budget() throws {
        let family = VisionFamily(family: "qwen25vl", name: try ModelName("x"))
        for (width, height) in [(4000, 3000), (3000, 4000), (1568, 400), (900, 900)] {
            for budget in [64, 256, 500, 1000] {
                let longest = max(width, height)
                let side = family.dimension(width: width, height: height, within: budget) ?? longest
                let scale = Double(side) / Double(longest)
                let scaled = (Int((Double(width) * scale).rounded()), Int((Double(height) * scale).rounded()))
                let tokens = family.tokens(width: scaled.0, height: scaled.1)
                #expect(tokens <= budget)
                let whole = family.tokens(width: width, height: height)
                #expect(tokens >= min(whole, budget) * 3 / 4)
            }
        }
        #expect(family.dimension(width: 100, height: 100, within: 1000) == nil)
        let fixed = VisionFamily(family: "gemma3", name: try ModelName("x"))
        #expect(fixed.dimension(width: 4000, height: 3000, within: 10) == nil)
    }

    @Test("Only the family that takes one image in a message says so")
    func imagesPerMessage() throws {
        #expect(VisionFamily(family: "mllama", name: try ModelName("x")).imagesPerMessage == 1)
        #expect(VisionFamily(family: "qwen25vl", name: try ModelName("x")).imagesPerMessage == nil)
    }
}
