import Foundation
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Pictures on all routes")
    struct VisionRouteTests {
        /// A picture that is right as it is: small, and smaller than what could be made of it.
        static let small =
            "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKElEQVR4nO3NsQ0AAAzCMP5/un0CNkuZ41wybXsHAAAAAAAAAAAAxR4yw/wuPL6QkAAAAABJRU5ErkJggg=="

        @Test(
            "Every form of a picture reaches a model that sees",
            arguments: VisionRoute.allCases,
            EngineFlavour.allCases
        )
        func table(route: VisionRoute, flavour: EngineFlavour) async throws {
            let bytes = [UInt8](try #require(Data(base64Encoded: Self.small)))
            try await ImageServer.run(bytes) { server in
                try await Stage.seeing(flavour, settings: ["IMAGES_URLS": "any"]) { service, engine, model in
                    for form in route.forms {
                        let picture = route.picture(Self.small, form, url: server.url)
                        let answer = try await service.client.post(route.rawValue, route.body([picture], model: model))
                        #expect(answer.status == 200, "\(form) \(answer)")
                        #expect(engine.lastPictures == [Self.small], "\(form)")
                        if route == .vlm {
                            #expect(answer.json?["images_processed"] == 1, "\(answer)")
                            #expect(answer.json?["compression_savings_bytes"] == 0, "\(answer)")
                            #expect(answer.json?["image_tokens_estimate"]?.int ?? 0 > 0, "\(answer)")
                        }
                    }
                    let stats = try await service.client.get("/api/v1/queue/stats")
                    #expect(stats.json?["vlm"]?["completed"]?.int == route.forms.count, "\(stats)")
                    #expect(stats.json?["chat"]?["completed"] == 0)
                }
            }
        }

        @Test(
            "What is no picture is refused with its number, before an engine hears of it",
            arguments: VisionRoute.allCases
        )
        func broken(route: VisionRoute) async throws {
            let settings = ["IMAGES_MAX_BYTES": "100000", "IMAGES_MAX_PER_REQUEST": "3"]
            try await Stage.seeing(.ollama, settings: settings) { service, engine, model in
                let form = route.forms[0]
                let long = String(repeating: "QUJD", count: 40_000)
                for (text, reason) in [
                    ("aGVsbG8gd29ybGQ=", "not an image"), ("@@@@", "illegal base64"), (long, "images.max_bytes"),
                ] {
                    let body = route.body([route.picture(text, form)], model: model)
                    let answer = try await service.client.post(route.rawValue, body)
                    #expect(answer.status == 400, "\(answer)")
                    let message = try #require(route.message(answer), "\(answer)")
                    #expect(message.contains("images[0]") && message.contains(reason), "\(message)")
                    if case .vlm = route {
                        #expect(answer.code == "invalid_image")
                        #expect(answer.json?["errors"]?[0]?["pointer"] == .string(route.pointer(form)), "\(answer)")
                    }
                }
                let many = [JSON](repeating: route.picture(Self.small, form), count: 4)
                let refused = try await service.client.post(route.rawValue, route.body(many, model: model))
                #expect(refused.status == 400, "\(refused)")
                #expect(route.message(refused)?.contains("4 images where at most 3") == true, "\(refused)")
                #expect(engine.inferenceRequests == 0)
                let good = route.body([route.picture(Self.small, form)], model: model)
                #expect(try await service.client.post(route.rawValue, good).status == 200)
            }
        }

        @Test("A wrong data URL is told with its field", arguments: [VisionRoute.vlm, .completions, .responses])
        func wrongDataURLs(route: VisionRoute) async throws {
            try await Stage.seeing(.ollama) { service, engine, model in
                for text in ["data:image/png,QUJD", "data:text/plain;base64,QUJD", "data:image/png;base64,", "data:"] {
                    var picture = route.picture("", .url, url: text)
                    if route == .vlm { picture = .string(text) }
                    let answer = try await service.client.post(route.rawValue, route.body([picture], model: model))
                    #expect(answer.status == 400, "\(text) \(answer)")
                    #expect(answer.code == "invalid_image", "\(answer)")
                    let pointer = route.pointer(.url)
                    let told = answer.text.contains(pointer) || answer.text.contains(pointer.replacing("/", with: "."))
                    #expect(told || answer.text.contains(pointer.dropFirst().replacing("/", with: ".")), "\(answer)")
                }
                #expect(engine.inferenceRequests == 0)
            }
        }

        @Test("A model that does not see refuses before any work, on every route", arguments: VisionRoute.allCases)
        func blind(route: VisionRoute) async throws {
            try await Stage.ollama { service, engine in
                // Not even a picture that is none is looked at.
                let body = route.body([route.picture("aGVsbG8gd29ybGQ=", route.forms[0])], model: "smollm2")
                let answer = try await service.client.post(route.rawValue, body)
                #expect(answer.status == 400, "\(answer)")
                #expect(route.message(answer)?.contains("does not see images") == true, "\(answer)")
                #expect(engine.counts.generationsPeak == 0)
            }
            guard route == .completions else { return }
            try await Stage.llama { service, engine in
                let body = route.body([route.picture(Self.small, .data)], model: "smollm2")
                let answer = try await service.client.post(route.rawValue, body)
                #expect(answer.status == 400 && answer.code == "unsupported_field", "\(answer)")
                #expect(engine.counts.requests("POST /v1/chat/completions") == 0)
            }
        }

        @Test("A model that takes one picture in a message says so with the number")
        func oneImage() async throws {
            let configure: (inout OllamaTestDouble.Configuration) -> Void = { configuration in
                var model = ModelDescription.smollm2Vision
                model.name = "llama3.2-vision:11b"
                model.family = "mllama"
                configuration.models = [model]
            }
            try await Stage.ollama(configure) { service, _ in
                let route = VisionRoute.completions
                let picture = route.picture(Self.small, .data)
                let two = route.body([picture, picture], model: "llama3.2-vision:11b")
                let refused = try await service.client.post(route.rawValue, two)
                #expect(refused.status == 400 && refused.code == "invalid_image", "\(refused)")
                #expect(route.message(refused)?.contains("takes 1 image") == true, "\(refused)")
                let one = route.body([picture], model: "llama3.2-vision:11b")
                #expect(try await service.client.post(route.rawValue, one).status == 200)
            }
        }

        @Test("Pictures need a user, and a model is found that sees")
        func vlm() async throws {
            try await Stage.ollama { service, engine in
                let images: JSON = [.string(Self.small)]
                let system: JSON = ["messages": [["role": "system", "content": "x"]], "images": images]
                let refused = try await service.client.post("/api/v1/vlm", system)
                #expect(refused.status == 422, "\(refused)")
                #expect(refused.json?["errors"]?[0]?["pointer"] == "/messages", "\(refused)")
                let messages: JSON = [["role": "user", "content": "a"], ["role": "assistant", "content": "b"]]
                let body: JSON = ["messages": messages, "images": images, "stream": true]
                let answer = try await service.client.post("/api/v1/vlm", body)
                #expect(answer.status == 200, "\(answer)")
                #expect(engine.lastInference["model"] == "smollm2-vision:latest")
                #expect(engine.lastInference["messages"]?[0]?["images"] == images)
                let last = try #require(answer.frames.last?.json)
                #expect(last["images_processed"] == 1 && last["done"] == true, "\(last)")
                for wrong: [String: JSON] in [
                    ["max_dimension": 255], ["max_dimension": 2668], ["compression_format": "gif"],
                    ["image_compression": "yes"], ["image": "x"],
                ] {
                    let body = VisionRoute.vlm.body([.string(Self.small)], model: "smollm2-vision", extra: wrong)
                    let answer = try await service.client.post("/api/v1/vlm", body)
                    #expect(answer.status == 422, "\(answer)")
                }
            }
        }

        @Test("Predecessor 16: max_dimension is honoured, the original passes on where it is wanted, the smaller wins")
        func predecessor() async throws {
            let large = TestPicture.base64(TestPicture.png(800, 600))
            try await Stage.seeing(.ollama) { service, engine, model in
                func sent(_ picture: String, _ extra: [String: JSON]) async throws -> (Answer, [UInt8]) {
                    let body = VisionRoute.vlm.body([.string(picture)], model: model, extra: extra)
                    let answer = try await service.client.post("/api/v1/vlm", body)
                    #expect(answer.status == 200, "\(answer)")
                    return (answer, [UInt8](Data(base64Encoded: engine.lastPictures.first ?? "") ?? Data()))
                }
                let (small, bytes) = try await sent(large, ["max_dimension": 400, "compression_format": "png"])
                #expect(bytes.dropFirst(16).prefix(8).elementsEqual([0, 0, 1, 144, 0, 0, 1, 44]), "400 by 300")
                let saved = small.json?["compression_savings_bytes"]?.int ?? 0
                #expect(saved == TestPicture.png(800, 600).count - bytes.count, "\(small)")
                let (plain, original) = try await sent(large, ["image_compression": false, "max_dimension": 400])
                #expect(original == TestPicture.png(800, 600))
                #expect(plain.json?["compression_savings_bytes"] == .null, "\(plain)")
                #expect(try await sent(Self.small, ["compression_format": "jpeg"]).1.starts(with: [0x89, 0x50]))
            }
            try await Stage.seeing(.llama) { service, engine, model in
                let extra: [String: JSON] = ["compression_format": "webp"]
                let body = VisionRoute.vlm.body([.string(large)], model: model, extra: extra)
                let answer = try await service.client.post("/api/v1/vlm", body)
                #expect(answer.json?["warnings"]?[0]?.string?.contains("does not read WebP") == true, "\(answer)")
                #expect(engine.lastPictures.first?.hasPrefix("/9j/") == true)
            }
        }

        @Test("Where pictures are not fetched, a URL is refused; and never from this machine unless that is allowed")
        func urls() async throws {
            for (policy, code) in [("off", "unsupported_field"), ("public", "invalid_image")] {
                try await Stage.seeing(.ollama, settings: ["IMAGES_URLS": policy]) { service, engine, model in
                    let route = VisionRoute.completions
                    let body = route.body([route.picture("", .url, url: "http://127.0.0.1:1/a.png")], model: model)
                    let answer = try await service.client.post(route.rawValue, body)
                    #expect(answer.status == 400 && answer.code == code, "\(policy) \(answer)")
                    #expect(engine.inferenceRequests == 0)
                }
            }
        }
    }
}
