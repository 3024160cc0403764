import Domain
import Testing

@Suite("What a model takes")
struct ModelFootprintTests {
    private func model(
        _ shape: ModelFootprint.Shape?,
        bytes: Int = 1_000_000_000,
        trained: Int? = nil
    ) throws -> ModelFootprint {
        ModelFootprint(
            name: try ModelName("m"),
            weightBytes: bytes,
            shape: shape,
            trainedContext: trained,
            source: "test"
        )
    }

    // Source: a measurement of qwen2.5:0.5b (24 layers, 2 heads of keys and values, 64 elements) in Ollama 0.20.3 on a CPU:
    // memory grew by 11.98 KiB a token in f16 and 6.37 KiB in q8_0 with flash attention, between contexts of 2048 and 32768.
    @Test("The cache grows by token as it was measured", arguments: [(KVCacheType.f16, 11.98), (.q8, 6.37)])
    func measured(type: KVCacheType, kibibytes: Double) throws {
        let shape = ModelFootprint.Shape(layers: 24, keyValueHeadsPerLayer: 2, headLength: 64)
        let bytes = Double(try self.model(shape).cacheBytesPerToken(type)) / 1024
        #expect(abs(bytes - kibibytes) / kibibytes < 0.005)
    }

    // Source: recordings of Ollama 0.32.15 with smollm2: `size` in /api/ps at a context of 4096, with one request at once and
    // with four; the weights are the size in /api/tags.
    @Test(
        "Weights and cache are what Ollama itself counts, but for its buffers",
        arguments: [(1, 209_505_483), (4, 511_568_772)]
    )
    func counted(parallel: Int, size: Int) throws {
        let shape = ModelFootprint.Shape(layers: 30, keyValueHeadsPerLayer: 3, headLength: 64)
        let model = try self.model(shape, bytes: 98_362_821, trained: 8192)
        let ours = model.weightBytes + model.cacheBytes(context: 4096, parallel: parallel, type: .f16)
        #expect(ours <= size)
        #expect(Double(size - ours) / Double(size) < 0.1)
        #expect(model.loadedBytes(context: 4096, parallel: parallel, type: .f16, onGPU: false) >= size)
    }

    @Test("Llama 3.1 8B takes 128 KiB a token in f16, 68 in q8_0 and 36 in q4_0")
    func types() throws {
        let model = try self.model(.init(layers: 32, keyValueHeadsPerLayer: 8, headLength: 128))
        #expect(KVCacheType.allCases.map { model.cacheBytesPerToken($0) / 1024 } == [128, 68, 36])
    }

    @Test("A model gets no more context than it was trained for")
    func trained() throws {
        let shape = ModelFootprint.Shape(layers: 1, keyValueHeadsPerLayer: 1, headLength: 32)
        let model = try self.model(shape, trained: 2048)
        #expect(model.cacheBytes(context: 8192, parallel: 2, type: .f16) == 2048 * 2 * 128)
    }

    @Test("Without a shape the cache is estimated, by the weights")
    func estimated() throws {
        #expect(try self.model(nil, bytes: 100).cacheBytesPerToken(.f16) == 32_768)
        #expect(try self.model(nil, bytes: 4 * .gibibyte).cacheBytesPerToken(.f16) == 131_072)
        #expect(try self.model(nil, bytes: 4 * .gibibyte).cacheBytesPerToken(.q8) == 69_632)
    }

    @Test("An embedding model keeps nothing, and runs one request at a time")
    func embedding() throws {
        var model = try self.model(nil)
        model.isEmbedding = true
        #expect(model.cacheBytes(context: 8192, parallel: 4, type: .f16) == 0)
        #expect(model.parallel(4) == 1)
    }

    private func shape(_ json: String) throws -> ModelFootprint.Shape? {
        let object = try #require(JSONParser.parse(Array(json.utf8)).object)
        return ModelFootprint.Shape(modelInfo: object)
    }

    // Source: recordings of Ollama 0.32.15, `model_info` of smollm2 and of gemma3-270m.
    @Test("The shape is in the metadata, with the lengths of keys or without")
    func metadata() throws {
        let smollm2 = try self.shape(
            #"""
            {"general.architecture":"llama","llama.attention.head_count":9,"llama.attention.head_count_kv":3,
             "llama.block_count":30,"llama.context_length":8192,"llama.embedding_length":576,"tokenizer.ggml.tokens":null}
            """#
        )
        #expect(smollm2 == .init(layers: 30, keyValueHeadsPerLayer: 3, headLength: 64))
        let gemma = try self.shape(
            #"""
            {"gemma3.attention.head_count":4,"gemma3.attention.head_count_kv":1,"gemma3.attention.key_length":256,
             "gemma3.attention.value_length":256,"gemma3.block_count":18,"gemma3.embedding_length":640,
             "general.architecture":"gemma3"}
            """#
        )
        #expect(gemma == .init(layers: 18, keyValueHeadsPerLayer: 1, headLength: 256))
    }

    @Test("Heads that differ by layer are added up; what Ollama leaves out is not guessed")
    func layers() throws {
        let head =
            #""general.architecture":"x","x.block_count":3,"x.attention.key_length":64,"x.attention.value_length":64"#
        let some = try self.shape("{\(head),\"x.attention.head_count_kv\":[8,0,4]}")
        #expect(some?.keyValueHeads == 12)
        #expect(try self.shape("{\(head),\"x.attention.head_count_kv\":null}") == nil)
        #expect(try self.shape("{\(head),\"x.attention.head_count_kv\":[8]}") == nil)
        #expect(try self.shape("{\(head),\"x.attention.head_count\":8}")?.keyValueHeads == 24)
        #expect(try self.shape(#"{"general.architecture":"x"}"#) == nil)
        #expect(try self.shape("{}") == nil)
        #expect(try self.shape(#"{"general.architecture":"x","x.block_count":-1,"x.attention.head_count":1}"#) == nil)
    }
}
