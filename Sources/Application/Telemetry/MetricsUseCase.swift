public import Domain

/// Tells what has become of requests and of their images.
public struct MetricsUseCase: Sendable {
    private let requests: RequestStatistics
    private let pipeline: ImagePipeline

    /// Creates the use case.
    public init(requests: RequestStatistics, pipeline: ImagePipeline) {
        self.requests = requests
        self.pipeline = pipeline
    }

    /// What has become of requests.
    ///
    /// - Parameters:
    ///   - window: how long ago they ended at most; nil is since the service started.
    ///   - project: whose requests; nil is all of them.
    /// - Returns: the sums.
    public func totals(within window: Duration?, for project: ProjectName?) -> RequestTotals {
        self.requests.totals(within: window, for: project)
    }

    /// What has become of images since the service started.
    public var images: ImageStatistics { self.pipeline.statistics }
}
