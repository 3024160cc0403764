import Application
import Domain
import Infrastructure
import ServiceLifecycle

/// What keeps files and durable batches.
struct BatchKeeping: Sendable {
    /// What the routes of files ask.
    let files: FileUseCase
    /// What the routes of batches ask.
    let batches: BatchUseCase
    /// Where batches are, for who runs their items.
    let store: any BatchStore
    /// Wakes who runs their items.
    let bell: BatchBell
    /// Reads, expires, closes and removes them.
    let keeper: BatchKeeper

    /// Builds it.
    ///
    /// - Throws: ``StorageError`` if the directory of the files cannot be made.
    init(
        _ configuration: ServiceConfiguration,
        database: ServiceDatabase,
        clock: any ServiceClock,
        metrics: any Metrics
    ) throws {
        let settings = configuration.batches
        let ids = RandomIDGenerator()
        let contents = try ContentDirectory(in: configuration.dataDirectory)
        let files = SQLiteFileStore(database: database, contents: contents, ids: ids)
        let store = SQLiteBatchStore(database: database, contents: contents, ids: ids)
        let bell = BatchBell()
        let retention = Duration.seconds(86_400 * settings.retentionDays)
        self.store = store
        self.bell = bell
        self.files = FileUseCase(
            store: files,
            clock: clock,
            ids: ids,
            settings: FileUseCase.Settings(
                maxFileBytes: settings.maxFileBytes,
                bounds: FileBounds(
                    filesPerProject: settings.maxFilesPerProject,
                    storageBytes: Int64(settings.maxStorageBytes)
                ),
                retention: retention
            )
        )
        self.batches = BatchUseCase(
            store: store,
            files: files,
            bell: bell,
            clock: clock,
            ids: ids,
            settings: BatchUseCase.Settings(
                maxWindowDays: settings.maxWindowDays,
                maxOpenBatches: settings.maxOpenBatches
            )
        )
        self.keeper = BatchKeeper(
            store: store,
            files: files,
            bell: bell,
            clock: clock,
            metrics: metrics,
            settings: BatchKeeper.Settings(
                maxLines: settings.maxLines,
                maxLineBytes: configuration.server.maxBodyBytes,
                retention: retention
            )
        )
    }

    /// What runs in the background.
    var services: [any Service] {
        [BackgroundService { [keeper = self.keeper] in await keeper.run() }]
    }
}
