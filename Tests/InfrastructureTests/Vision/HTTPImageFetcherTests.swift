import Domain
import NIOCore
import TestSupport
import Testing

@testable import Infrastructure

@Suite("Fetching images from URLs")
struct HTTPImageFetcherTests {
    private let internet = SmallInternet()

    /// A server at a public address of its own, under a name.
    private func site(
        _ name: String,
        at address: String,
        script: @escaping @Sendable (Int) -> [String]
    ) async throws -> HandWrittenPeer {
        let peer = try await HandWrittenPeer.start(script: script)
        self.internet.name(name, [address])
        self.internet.put(peer, at: address)
        return peer
    }

    /// What fetching a URL fails with.
    private func failure(_ fetcher: HTTPImageFetcher, _ url: String) async -> String? {
        let error = await #expect(throws: ServiceError.self) { try await fetcher.fetch(url) }
        #expect(error?.code == .invalidImage)
        #expect(error?.faults == [])
        return error?.message
    }

    @Test("An image is fetched whatever type its server says it has, by length, in chunks, or up to the end")
    func fetched() async throws {
        let heads = [
            "Content-Length: 25\r\n\r\n\(SmallPicture.text)",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nRIFF0\r\n14\r\n000WEBPVP8 and so on\r\n0\r\n\r\n",
        ]
        for head in heads {
            let peer = try await self.site("a.example", at: "8.8.8.8") { _ in ["HTTP/1.1 200 OK\r\n\(head)"] }
            #expect(try await self.internet.fetcher().fetch("http://a.example/") == SmallPicture.bytes)
            await peer.stop()
        }
        #expect(self.internet.connections == ["8.8.8.8", "8.8.8.8"])
    }

    @Test("With images.urls off nothing is asked at all")
    func off() async throws {
        let message = await self.failure(try self.internet.fetcher(.off), "http://a.example/")
        #expect(message?.contains("images.urls") == true)
        #expect(self.internet.questions == [])
    }

    @Test("A host with a private address is not connected to, even if another of its addresses is public")
    func privateAddress() async throws {
        let fetcher = try self.internet.fetcher()
        self.internet.name("inside.example", ["10.0.0.7"])
        self.internet.name("mixed.example", ["8.8.8.8", "127.0.0.1"])
        self.internet.name("metadata.example", ["169.254.169.254"])
        self.internet.name("six.example", ["::1"])
        let missing = await self.failure(fetcher, "http://missing.example/")
        for name in ["inside", "mixed", "metadata", "six"] {
            // The same text as for a name that nobody knows: it tells nothing of the private network.
            #expect(await self.failure(fetcher, "http://\(name).example/") == missing)
        }
        #expect(self.internet.connections == [])
    }

    @Test("With images.urls any a private address may be fetched from")
    func any() async throws {
        let peer = try await self.site("inside.example", at: "10.0.0.7") { _ in [SmallPicture.answer] }
        #expect(try await self.internet.fetcher(.any).fetch("http://inside.example/") == SmallPicture.bytes)
        await peer.stop()
    }

    @Test("A name that means another address a moment later is connected to where it was checked")
    func rebinding() async throws {
        let peer = try await self.site("a.example", at: "8.8.8.8") { _ in [SmallPicture.answer] }
        self.internet.name("a.example", ["8.8.8.8"], ["127.0.0.1"])
        let fetcher = try self.internet.fetcher()
        #expect(try await fetcher.fetch("http://a.example/") == SmallPicture.bytes)
        #expect(self.internet.connections == ["8.8.8.8"])
        // Asked anew for the next image, and refused.
        _ = await self.failure(fetcher, "http://a.example/")
        #expect(self.internet.connections == ["8.8.8.8"])
        await peer.stop()
    }

    @Test("Redirects are followed, each checked like the first URL")
    func redirects() async throws {
        let target = try await self.site("b.example", at: "9.9.9.9") { _ in [SmallPicture.answer] }
        let first = try await self.site("a.example", at: "8.8.8.8") { _ in
            ["HTTP/1.1 302 Found\r\nLocation: http://b.example/image\r\nContent-Length: 0\r\n\r\n"]
        }
        let fetcher = try self.internet.fetcher()
        #expect(try await fetcher.fetch("http://a.example/") == SmallPicture.bytes)
        #expect(self.internet.connections == ["8.8.8.8", "9.9.9.9"])
        self.internet.name("b.example", ["127.0.0.1"])
        _ = await self.failure(fetcher, "http://a.example/")
        #expect(self.internet.connections == ["8.8.8.8", "9.9.9.9", "8.8.8.8"])
        await first.stop()
        await target.stop()
    }

    @Test("A circle of redirects ends, and so does one to nowhere")
    func circle() async throws {
        let circle = try await self.site("a.example", at: "8.8.8.8") { _ in
            ["HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"]
        }
        let message = await self.failure(try self.internet.fetcher(), "http://a.example/")
        #expect(message?.contains("images.url_redirects") == true)
        #expect(self.internet.connections.count == 4)
        await circle.stop()
        let nowhere = try await self.site("a.example", at: "8.8.8.8") { _ in ["HTTP/1.1 302 Found\r\n\r\n"] }
        #expect(await self.failure(try self.internet.fetcher(), "http://a.example/")?.contains("302") == true)
        await nowhere.stop()
    }

    @Test("An image that says, or turns out, to be too large is given up")
    func tooLarge() async throws {
        let told = try await self.site("a.example", at: "8.8.8.8") { _ in
            ["HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n"]
        }
        let fetcher = try self.internet.fetcher()
        #expect(await self.failure(fetcher, "http://a.example/")?.contains("images.max_bytes") == true)
        await told.stop()
        // It never says that it is at its end.
        let endless = try await self.site("a.example", at: "8.8.8.8") { _ in
            ["HTTP/1.1 200 OK\r\n\r\n", SmallPicture.text]
                + Array(repeating: String(repeating: "x", count: 10_000), count: 20)
        }
        #expect(await self.failure(fetcher, "http://a.example/")?.contains("images.max_bytes") == true)
        await endless.stop()
    }

    @Test("What is no image is given up by its first bytes, before its end")
    func wrongType() async throws {
        let peer = try await self.site("a.example", at: "8.8.8.8") { _ in
            ["HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n<!doctype html>"]
        }
        #expect(await self.failure(try self.internet.fetcher(), "http://a.example/")?.contains("not a JPEG") == true)
        await peer.stop()
    }

    @Test("A status other than 200 is told", arguments: [204, 206, 304, 404, 500])
    func status(_ status: Int) async throws {
        let peer = try await self.site("a.example", at: "8.8.8.8") { _ in
            ["HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n"]
        }
        #expect(await self.failure(try self.internet.fetcher(), "http://a.example/")?.contains("\(status)") == true)
        await peer.stop()
    }

    @Test("A server that is slow is given up when the time is over")
    func slow() async throws {
        let peer = try await self.site("a.example", at: "8.8.8.8") { _ in
            ["HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\nRIFF"]
        }
        let fetcher = try self.internet.fetcher()
        async let message = self.failure(fetcher, "http://a.example/")
        while self.internet.connections.isEmpty { await Task.yield() }
        await self.internet.clock.untilSleeping(1)
        self.internet.clock.advance(by: .seconds(10))
        #expect(await message?.contains("10") == true)
        await peer.stop()
    }

    @Test("More images than may be fetched at once wait for a place, and each gets one")
    func places() async throws {
        let peer = try await self.site("a.example", at: "8.8.8.8") { _ in [SmallPicture.answer] }
        let fetcher = try self.internet.fetcher { $0.atOnce = 1 }
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 { group.addTask { try await fetcher.fetch("http://a.example/") } }
            for try await image in group { #expect(image == SmallPicture.bytes) }
        }
        await peer.stop()
    }

    @Test("Who leaves while an image is fetched gives the place back")
    func cancelled() async throws {
        let silent = try await self.site("slow.example", at: "9.9.9.9") { _ in [] }
        let peer = try await self.site("a.example", at: "8.8.8.8") { _ in [SmallPicture.answer] }
        let fetcher = try self.internet.fetcher { $0.atOnce = 1 }
        let task = Task { try await fetcher.fetch("http://slow.example/") }
        while self.internet.connections.isEmpty { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await fetcher.fetch("http://a.example/") == SmallPicture.bytes)
        await silent.stop()
        await peer.stop()
    }

    @Test("A server that nobody can reach, or that breaks off, is told as such; the next address of a host is tried")
    func unreachable() async throws {
        self.internet.name("dead.example", ["8.8.4.4"])
        let fetcher = try self.internet.fetcher()
        #expect(await self.failure(fetcher, "http://dead.example/")?.contains("could not be reached") == true)
        let peer = try await self.site("a.example", at: "8.8.8.8") { _ in [SmallPicture.answer] }
        self.internet.name("a.example", ["8.8.4.4", "8.8.8.8"])
        #expect(try await fetcher.fetch("http://a.example/") == SmallPicture.bytes)
        await peer.stop()
        let nonsense = try await self.site("b.example", at: "9.9.9.9") { _ in ["SSH-2.0-OpenSSH\r\n\r\n\r\n"] }
        #expect(await self.failure(fetcher, "http://b.example/")?.contains("could not be reached") == true)
        await nonsense.stop()
    }

    @Test("The system reads an IP address in any form, and what it means is what counts")
    func numbers() async throws {
        let resolver = SystemResolver(atOnce: 1)
        for host in ["127.0.0.1", "2130706433", "0x7f.1", "127.1"] {
            let addresses = try await resolver.addresses(of: host, port: 80)
            #expect(addresses.map(\.ipAddress) == ["127.0.0.1"])
            #expect(addresses.map(\.port) == [80])
        }
        #expect(try await resolver.addresses(of: "name.invalid", port: 80) == [])
    }
}
