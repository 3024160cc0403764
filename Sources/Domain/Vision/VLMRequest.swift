/// A conversation about images.
public struct VLMRequest: Sendable, Hashable {
    /// The conversation, with the images in its messages.
    public var chat: ChatRequest

    /// Puts images to the last message of a user, behind those that it has.
    ///
    /// - Parameters:
    ///   - chat: the conversation.
    ///   - images: the images; may be none.
    ///   - wish: in which form they are to be sent on.
    /// - Throws: ``ServiceError`` `invalid_request` if no user says anything.
    public init(_ chat: ChatRequest, images: [ImagePart] = [], wish: ImageWish) throws {
        var chat = chat
        guard let last = chat.messages.lastIndex(where: { $0.role == .user }) else {
            throw ServiceError(
                .invalidRequest,
                field: "/messages",
                "There is no message of the role 'user', to which images belong."
            )
        }
        chat.messages[last] = chat.messages[last].with(images: chat.messages[last].images + images)
        chat.imageWish = wish
        self.chat = chat
    }
}
