import Domain
import Foundation
import Testing

@testable import Application
@testable import Infrastructure

@Suite("Files in the data directory")
struct SQLiteFileStoreTests {
    @Test("What comes out is what went in, and equal contents are stored once")
    func roundTrip() async throws {
        try await StoreBench.with { bench in
            let first = try await bench.upload("one")
            let second = try await bench.upload("one", project: "other")
            #expect(first.bytes == 3 && first.id != second.id)
            #expect(try await bench.files.file(first.id) == first)
            #expect(try await bench.text(of: first.id) == "one")
            #expect(try bench.contentNames.count == 1)
            #expect(try await bench.files.remove(first.id))
            #expect(try await bench.files.file(first.id) == nil)
            #expect(try await bench.text(of: first.id) == nil)
            #expect(try await bench.text(of: second.id) == "one")
            #expect(try await bench.files.remove(second.id))
            #expect(try await !bench.files.remove(second.id))
            #expect(try bench.contentNames.isEmpty)
        }
    }

    @Test("An upload that is given up, or dropped, leaves nothing behind")
    func givenUp() async throws {
        try await StoreBench.with { bench in
            let upload = try await bench.files.beginUpload(within: StoreBench.bounds)
            try await upload.write([1, 2, 3])
            #expect(try bench.contentNames.count == 1)
            await upload.discard()
            #expect(try bench.contentNames.isEmpty)
            _ = try await bench.files.beginUpload(within: StoreBench.bounds)
            #expect(try bench.contentNames.isEmpty)
        }
    }

    @Test("After a start what does not belong there is gone, and the rest is there")
    func recover() async throws {
        try await StoreBench.with { bench in
            let file = try await bench.upload("kept")
            for name in ["upload-x", "0123"] {
                try Data("left".utf8).write(to: URL(fileURLWithPath: "\(bench.contents.path)/\(name)"))
            }
            try await bench.files.recover()
            #expect(try bench.contentNames.count == 1)
            #expect(try await bench.text(of: file.id) == "kept")
        }
    }

    @Test("No more is stored than there is room for, and room that was given back is room")
    func room() async throws {
        try await StoreBench.with { bench in
            let bounds = FileBounds(filesPerProject: 10, storageBytes: 10)
            let first = try await bench.upload("12345678", bounds: bounds)
            let error = await #expect(throws: ServiceError.self) {
                _ = try await bench.upload("abc", bounds: bounds)
            }
            #expect(error?.code == .storageFull && error?.isRetryable == false)
            #expect(try bench.contentNames.count == 1)
            _ = try await bench.upload("12345678", bounds: FileBounds(filesPerProject: 10, storageBytes: 16))
            _ = try await bench.files.remove(first.id)
            let files = try await bench.files.files(.init(project: nil, limit: 10), purpose: nil)
            for file in files.elements { _ = try await bench.files.remove(file.id) }
            _ = try await bench.upload("abc", bounds: bounds)
        }
    }

    @Test("Lists are by project and purpose, in pages, newest first unless the other order is asked for")
    func pages() async throws {
        try await StoreBench.with { bench in
            var mine: [FileID] = []
            for index in 0..<5 {
                mine.append(try await bench.upload("\(index)").id)
                _ = try await bench.upload("\(index)", project: "other")
            }
            let search = try ProjectName("search")
            var query = ListQuery<FileID>(project: search, limit: 2)
            let first = try await bench.files.files(query, purpose: .batch)
            #expect(first.elements.map(\.id) == [mine[4], mine[3]] && first.hasMore)
            query.after = first.elements.last?.id
            query.limit = 3
            let second = try await bench.files.files(query, purpose: nil)
            #expect(second.elements.map(\.id) == [mine[2], mine[1], mine[0]] && !second.hasMore)
            query.order = .ascending
            #expect(try await bench.files.files(query, purpose: nil).elements.map(\.id) == [mine[4]])
            query.after = FileID(generated: "none")
            #expect(try await bench.files.files(query, purpose: nil).elements.isEmpty)
            let all = ListQuery<FileID>(project: nil, limit: 100)
            #expect(try await bench.files.files(all, purpose: nil).elements.count == 10)
            #expect(try await bench.files.files(all, purpose: .batchOutput).elements.isEmpty)
            #expect(try await bench.files.fileCount(of: search) == 5)
        }
    }

    @Test("Files whose time has come are removed")
    func expiry() async throws {
        try await StoreBench.with { bench in
            let upload = try await bench.files.beginUpload(within: StoreBench.bounds)
            try await upload.write([1])
            let file = try await upload.finish(
                try StoreBench.file(expiresAt: StoreBench.start.addingTimeInterval(10))
            )
            let before = StoreBench.start.addingTimeInterval(9)
            #expect(try await bench.files.removeExpired(at: before, atMost: 10) == 0)
            let after = StoreBench.start.addingTimeInterval(10)
            #expect(try await bench.files.removeExpired(at: after, atMost: 10) == 1)
            #expect(try await bench.files.file(file.id) == nil)
            #expect(try bench.contentNames.isEmpty)
        }
    }
}
