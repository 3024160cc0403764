import Domain

/// One queue: who waits in it, and who has to go when it is full.
struct QueueState: Sendable {
    private struct Member: Sendable {
        var tickets = TicketList()
    }

    var running = 0
    private(set) var waiting = 0
    private var members: [ProjectName: Member] = [:]
    /// Projects by what they have waiting for their weight, most first.
    private var heaviest = KeyedHeap<ProjectName, Double>()

    /// How many tickets of a project wait.
    func waiting(of project: ProjectName) -> Int {
        self.members[project]?.tickets.count ?? 0
    }

    mutating func enter(_ ticket: SchedulerTicket, _ project: ProjectShare) {
        self.waiting += 1
        self.members[project.name, default: Member()].tickets.append(ticket.id)
        self.weigh(project)
    }

    /// Takes out a ticket of a project, which must no longer be among those that wait.
    mutating func leave(_ project: ProjectShare, in waiting: [TicketID: WaitingTicket]) {
        self.waiting -= 1
        _ = self.members.change(project.name) { $0.tickets.leave(in: waiting) }
        self.weigh(project)
    }

    /// The ticket that has to go for a newcomer of a project to a full queue: the newest of the project with most for its
    /// weight, if that is more than the newcomer's had.
    mutating func victim(of project: ProjectShare, in waiting: [TicketID: WaitingTicket]) -> TicketID? {
        let had = Double(self.waiting(of: project.name) - 1) / project.weight
        guard let heaviest = self.heaviest.first, heaviest.id != project.name, had < -heaviest.key else { return nil }
        return self.members[heaviest.id]?.tickets.last(in: waiting)?.id
    }

    /// Gives a project its place among all by what it has waiting and its present weight.
    mutating func weigh(_ project: ProjectShare) {
        let count = self.waiting(of: project.name)
        if count > 0 {
            self.heaviest.set(project.name, to: -Double(count) / project.weight)
        } else {
            self.heaviest.remove(project.name)
            self.members[project.name] = nil
        }
    }
}

/// The state of each queue.
struct QueueStates: Sendable {
    private var chat = QueueState()
    private var vlm = QueueState()

    subscript(queue: RequestQueue) -> QueueState {
        _read {
            switch queue {
            case .chat: yield self.chat
            case .vlm: yield self.vlm
            }
        }
        _modify {
            switch queue {
            case .chat: yield &self.chat
            case .vlm: yield &self.vlm
            }
        }
    }
}

/// One project, while it has tickets or is remembered.
struct ProjectState: Sendable {
    var share: ProjectShare
    var running = 0
    var flows = ClassValues<FlowID?>(nil)

    /// Whether its own limit keeps it from starting more.
    var isHeld: Bool {
        self.share.concurrency.map { self.running >= $0 } ?? false
    }

    var isEmpty: Bool { RequestClass.allCases.allSatisfy { self.flows[$0] == nil } }
}
