/// How a family of vision models cuts an image into tokens, as far as that is known.
///
/// An estimate: engines report the true number with the answer.
public struct VisionFamily: Sendable, Hashable {
    private enum Arithmetic: Hashable {
        /// So many tokens for every image.
        case fixed(Int)
        /// One for each square of so many pixels, after the image was brought between two numbers of pixels.
        case grid(cell: Int, minPixels: Int, maxPixels: Int)
        /// The same with a longest side, and one more at the end of each row.
        case rows(cell: Int, longest: Int)
        /// So many for the whole image and for each of the slices into which a large one is cut.
        case slices(side: Int, tokens: Int, most: Int)
    }

    /// What an image is taken for where nothing is known of the model.
    ///
    /// Source: Ollama, `server/prompt.go` (imageNumTokens).
    public static let unknownTokens = 768

    private let arithmetic: Arithmetic?
    /// The images that one message may have; nil is any number.
    public let imagesPerMessage: Int?

    /// Finds the family of a model.
    ///
    /// - Parameters:
    ///   - family: what an engine calls its architecture, such as `qwen25vl`, where it says so.
    ///   - name: the model's name, by which some are known whose architecture is named after their language model.
    public init(family: String?, name: ModelName) {
        let word = family?.lowercased() ?? ""
        let base = name.canonical.split(separator: "/").last.map(String.init)?.lowercased() ?? ""
        func isOne(_ families: [String], _ names: [String]) -> Bool {
            families.contains(word) || names.contains { base.hasPrefix($0) }
        }
        self.imagesPerMessage = isOne(["mllama"], ["llama3.2-vision"]) ? 1 : nil
        if self.imagesPerMessage != nil {
            // The image is read by cross-attention: one token stands for it in the prompt.
            // Source: Ollama, `model/models/mllama/model.go`, and `server/prompt.go` (errTooManyImages).
            self.arithmetic = .fixed(1)
        } else if isOne(["qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe"], ["qwen3-vl", "qwen3.5"]) {
            // Patches of 16 pixels, two by two. Source: Ollama, `model/models/qwen3vl/imageprocessor.go` (SmartResize).
            self.arithmetic = .grid(cell: 32, minPixels: 64 << 10, maxPixels: 2 << 20)
        } else if isOne(["qwen25vl", "qwen2vl"], ["qwen2.5vl", "qwen2.5-vl", "qwen2-vl"]) {
            // Patches of 14 pixels, two by two. Source: Ollama, `model/models/qwen25vl/process_image.go` (SmartResize).
            self.arithmetic = .grid(cell: 28, minPixels: 56 * 56, maxPixels: 2 << 20)
        } else if isOne(["mistral3"], ["mistral-small3.1", "mistral-small3.2", "pixtral"]) {
            // Source: Ollama, `model/models/mistral3/imageproc.go`.
            self.arithmetic = .rows(cell: 28, longest: 1540)
        } else if isOne(["gemma3", "gemma3n"], ["gemma3", "medgemma"]) {
            // 896 by 896 pixels, pooled to 16 by 16. Source: Ollama, `model/models/gemma3/model.go`; the Gemma 3
            // technical report (arXiv 2503.19786), section 2.1.
            self.arithmetic = .fixed(256)
        } else if isOne(["minicpmv"], ["minicpm-v", "minicpm-o"]) {
            // 64 queries for the whole and for each of up to nine slices of 448 by 448.
            // Source: MiniCPM-V 2.6's model card; arXiv 2408.01800, section 3.1.
            self.arithmetic = .slices(side: 448, tokens: 64, most: 9)
        } else if isOne(["llava"], ["llava", "bakllava"]) {
            // 336 by 336 in patches of 14. Source: LLaVA 1.5 (arXiv 2310.03744), section 3.3.
            self.arithmetic = .fixed(576)
        } else {
            self.arithmetic = nil
        }
    }

    /// Whether the number of tokens depends on the size of the image in a known way, so that a smaller one costs less.
    public var isSizeable: Bool {
        switch self.arithmetic {
        case .grid, .rows, .slices: true
        case .fixed, nil: false
        }
    }

    /// About how many tokens an image costs.
    ///
    /// - Parameters:
    ///   - width: its width in pixels, at least 1.
    ///   - height: its height in pixels, at least 1.
    /// - Returns: the tokens, at least 1.
    public func tokens(width: Int, height: Int) -> Int {
        switch self.arithmetic {
        case nil: VisionFamily.unknownTokens
        case .fixed(let tokens): tokens
        case .grid(let cell, let least, let most):
            VisionFamily.cells(width, height, cell: cell, between: least, and: most)
        case .rows(let cell, let longest):
            VisionFamily.rows(width, height, cell: cell, longest: longest)
        case .slices(let side, let tokens, let most):
            VisionFamily.slices(width, height, side: side, most: most) * tokens
        }
    }

    /// The longest side to which an image has to be brought to cost no more than a number of tokens.
    ///
    /// - Parameters:
    ///   - width: its width in pixels.
    ///   - height: its height in pixels.
    ///   - budget: the tokens that it may cost, at least 1.
    /// - Returns: the side, at least 1 and at most the image's own; nil if it fits as it is, or no size would.
    public func dimension(width: Int, height: Int, within budget: Int) -> Int? {
        guard self.isSizeable, self.tokens(width: width, height: height) > budget else { return nil }
        let longest = max(width, height)
        func fits(_ side: Int) -> Bool {
            let (shownWidth, shownHeight) = VisionFamily.scaled(width, height, to: side)
            return self.tokens(width: shownWidth, height: shownHeight) <= budget
        }
        // Below some size a model enlarges what it gets, so that nothing is gained any more.
        guard var low = [16, 32, 64, 128, 256].last(where: { $0 < longest && fits($0) }) else { return nil }
        var high = longest
        while low + 1 < high {
            let middle = low + (high - low) / 2
            if fits(middle) { low = middle } else { high = middle }
        }
        return low
    }

    // MARK: Arithmetic

    private static func scaled(_ width: Int, _ height: Int, to side: Int) -> (Int, Int) {
        let scale = Double(side) / Double(max(width, height))
        guard scale < 1 else { return (width, height) }
        return (max(1, Int((Double(width) * scale).rounded())), max(1, Int((Double(height) * scale).rounded())))
    }

    private static func cells(_ width: Int, _ height: Int, cell: Int, between least: Int, and most: Int) -> Int {
        let (width, height, cell) = (Double(width), Double(height), Double(cell))
        var across = max(1, (width / cell).rounded(.toNearestOrEven))
        var down = max(1, (height / cell).rounded(.toNearestOrEven))
        let pixels = across * down * cell * cell
        if pixels > Double(most) {
            let shrink = (width * height / Double(most)).squareRoot()
            across = max(1, (width / shrink / cell).rounded(.down))
            down = max(1, (height / shrink / cell).rounded(.down))
        } else if pixels < Double(least) {
            let grow = (Double(least) / (width * height)).squareRoot()
            across = (width * grow / cell).rounded(.up)
            down = (height * grow / cell).rounded(.up)
        }
        return Int(across * down)
    }

    private static func rows(_ width: Int, _ height: Int, cell: Int, longest: Int) -> Int {
        let (width, height) = VisionFamily.scaled(width, height, to: longest)
        let (across, down) = ((width + cell - 1) / cell, (height + cell - 1) / cell)
        return across * down + down
    }

    /// The whole image, and its slices where it is larger than one.
    private static func slices(_ width: Int, _ height: Int, side: Int, most: Int) -> Int {
        let area = Double(width) * Double(height) / Double(side * side)
        let slices = min(Double(most), area.rounded(.up))
        return slices <= 1 ? 1 : Int(slices) + 1
    }
}
