using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>
/// Places that are shared fairly by namespace and by group. Whoever holds the fewest goes first, so that namespaces that want more
/// than there is get equal parts; work that is awaited or heals is preferred, but not at every <see cref="PlainTurn"/>th turn, so
/// that a flood of it starves nobody. A namespace that is alone may hold most places, but not all: what it holds may hang, and must
/// leave room for the next one. Nothing here is locked: its user does that.
/// </summary>
/// <param name="limits">How many places there are.</param>
/// <param name="widthOf">How many places a group may hold.</param>
internal sealed class FairQueue(FairLimits limits, Func<string, int> widthOf)
{
    /// <summary>How many places a namespace may hold for awaited work while another one holds one.</summary>
    private const int AwaitedWeight = 4;

    /// <summary>The same for work that heals.</summary>
    private const int HealingWeight = 2;

    /// <summary>At each so many-th turn nobody is preferred.</summary>
    private const int PlainTurn = 4;

    /// <summary>A namespace that holds places takes another one only while it holds fewer than this many times what is free.</summary>
    private const int TimesFree = 3;

    private readonly Line[] _lines = [new(), new(), new()];

    /// <summary>How many places are held that count, by class.</summary>
    private readonly int[] _active = new int[3];
    private readonly Dictionary<string, Tenant> _tenants = [];

    /// <summary>How many places are held in each group, parked ones too.</summary>
    private readonly Dictionary<string, int> _held = [];
    private long _turns;
    private long _stamps;

    /// <summary>How many are parked.</summary>
    public int Parked { get; private set; }

    /// <summary>Whether one more may be parked.</summary>
    public bool CanPark => Parked < limits.Parked;

    /// <summary>How many places are lent to what gives way to all that waits here: they are not free, and nobody holds them.</summary>
    public int Lent { get; set; }

    /// <summary>Whether one more place may be lent.</summary>
    public bool CanLend => Counted < limits.Places;

    /// <summary>How many places count as held, those within a reserve left out.</summary>
    private int Counted =>
        Lent
        + _active[(int)WorkClass.Remote]
        + Math.Max(0, _active[(int)WorkClass.Healing] - limits.Healing)
        + Math.Max(0, _active[(int)WorkClass.Local] - limits.Local);

    /// <summary>Queues a key.</summary>
    public FairTicket Enter(NamespacedName key, QueuePriority priority, long number)
    {
        var ticket = new FairTicket(key, priority, number);
        var row = RowOf(ticket);
        Change(row, () =>
        {
            if (row.Groups.TryGetValue(GroupName(priority), out var group))
            {
                row.Sorted.Remove(group);
            }
            else
            {
                row.Groups[GroupName(priority)] = group = new Group(priority.Group);
            }

            group.Waiting.Add(ticket);
            row.Sorted.Add(group.Sorted());
        });
        return ticket;
    }

    /// <summary>Takes a key out of the queue that waits in it.</summary>
    public void Leave(FairTicket ticket)
    {
        var row = RowOf(ticket);
        Change(row, () =>
        {
            var group = row.Groups[GroupName(ticket.Priority)];
            row.Sorted.Remove(group);
            group.Waiting.Remove(ticket);
            if (group.Waiting.Count > 0)
            {
                row.Sorted.Add(group.Sorted());
            }
            else
            {
                row.Groups.Remove(GroupName(ticket.Priority));
            }
        });
        DropIfEmpty(row.Tenant);
    }

    /// <summary>Whose turn it is; null: nobody's, or there is no place for those who wait.</summary>
    public FairTicket? Next()
    {
        var isPlain = (_turns + 1) % PlainTurn == 0;
        if (FirstOf(WorkClass.Local, isPlain) is { } local)
        {
            return local.Ticket;
        }

        return (FirstOf(WorkClass.Healing, isPlain), FirstOf(WorkClass.Remote, isPlain)) switch
        {
            ({ } healing, { } remote) => IsBefore(healing.Row, remote.Row, isPlain) ? healing.Ticket : remote.Ticket,
            var (healing, remote) => (healing ?? remote)?.Ticket,
        };
    }

    /// <summary>Whether there is a place for one that waits, whosever turn it is.</summary>
    public bool HasRoomFor(FairTicket ticket) =>
        HasRoom(ticket.Priority.Class) && HasRoom(RowOf(ticket).Tenant, ticket.Priority.Class, ticket.Priority.Group);

    /// <summary>Gives one that waits a place.</summary>
    public void Take(FairTicket ticket)
    {
        Leave(ticket);
        _turns++;
        ticket.IsActive = true;
        _active[(int)ticket.Priority.Class]++;
        Hold(ticket, 1);
    }

    /// <summary>Has a place that is held count no more: for its namespace and its group it does.</summary>
    public void Park(FairTicket ticket)
    {
        ticket.IsActive = false;
        ticket.IsParked = true;
        _active[(int)ticket.Priority.Class]--;
        Parked++;
    }

    /// <summary>Frees the place of one that was given one.</summary>
    public void Free(FairTicket ticket)
    {
        if (ticket.IsParked)
        {
            Parked--;
        }
        else
        {
            _active[(int)ticket.Priority.Class]--;
        }

        ticket.IsActive = ticket.IsParked = false;
        Hold(ticket, -1);
    }

    private (FairTicket Ticket, Row Row)? FirstOf(WorkClass work, bool isPlain)
    {
        if (!HasRoom(work))
        {
            return null;
        }

        var line = _lines[(int)work];
        foreach (var row in isPlain ? line.Plain : line.Weighted)
        {
            // Few are passed over: a group that is full, or a namespace that has enough, holds places. Of one that may take other
            // groups only, not all its groups are looked through.
            foreach (var group in row.Sorted.Take(limits.Total))
            {
                if (HasRoom(row.Tenant, work, group.Name))
                {
                    return (group.First, row);
                }

                if (IsFull(row.Tenant, work))
                {
                    break;
                }
            }
        }

        return null;
    }

    private static bool IsBefore(Row healing, Row other, bool isPlain)
    {
        var order = isPlain ? PlainOrder(healing, other) : WeightedOrder(healing, other);
        return order < 0 || (order == 0 && !isPlain);
    }

    private bool HasRoom(WorkClass work) =>
        work switch
        {
            WorkClass.Local => Counted < limits.Places || _active[(int)work] < limits.Local,
            WorkClass.Healing => Counted < limits.Places || _active[(int)work] < limits.Healing,
            _ => Counted < limits.Places + limits.Starved,
        };

    private bool HasRoom(Tenant tenant, WorkClass work, string? group)
    {
        if (group is null)
        {
            return true;
        }

        var (width, heldInGroup) = (widthOf(group), _held.GetValueOrDefault(group));
        if (heldInGroup >= width)
        {
            return false;
        }

        var (held, free) = (HeldBy(tenant, work), FreeFor(work));
        if (held == 0)
        {
            return true;
        }

        if (free <= 0)
        {
            return held < limits.Few;
        }

        // A group that hangs keeps its namespace's other groups waiting no more than it must: what is known to be quick goes round it,
        // what is not known yet leaves room for that.
        var isQuick = limits.Places < 4 || width > limits.Quarter;
        return (isQuick, heldInGroup) switch
        {
            (true, 0) => held < MostOf(work),
            (true, _) => held < Math.Min(limits.OfOneNamespace, TimesFree * free),
            (false, 0) => held < Math.Min(limits.OfOneNamespace, TimesFree * free),
            (false, _) => held < Math.Min(limits.OfOneNamespace - Math.Max(1, limits.OfOneNamespace / 4), TimesFree * free),
        };
    }

    /// <summary>Whether a namespace may take no more, whatever the group.</summary>
    private bool IsFull(Tenant tenant, WorkClass work)
    {
        var (held, free) = (HeldBy(tenant, work), FreeFor(work));
        return work != WorkClass.Local && held > 0 && held >= (free <= 0 ? limits.Few : MostOf(work));
    }

    /// <summary>How many places a namespace may hold at the very most.</summary>
    private int MostOf(WorkClass work) => limits.Places - (limits.Quarter / 2) + (work == WorkClass.Healing ? limits.Healing : 0);

    /// <summary>What heals is not kept waiting by what else its own namespace has hanging.</summary>
    private static int HeldBy(Tenant tenant, WorkClass work) => work == WorkClass.Healing ? tenant.Held[(int)work] : tenant.HeldOfRemotes;

    private int FreeFor(WorkClass work) =>
        limits.Places - Counted + (work == WorkClass.Healing ? Math.Max(0, limits.Healing - _active[(int)work]) : 0);

    private void Hold(FairTicket ticket, int more)
    {
        var tenant = TenantOf(ticket.Key.Namespace);
        foreach (var row in tenant.Rows)
        {
            Remove(row);
        }

        tenant.Held[(int)ticket.Priority.Class] += more;
        tenant.Served = more > 0 ? _stamps++ : tenant.Served;
        foreach (var row in tenant.Rows)
        {
            Put(row);
        }

        if (ticket.Priority.Group is { } group)
        {
            var count = _held.GetValueOrDefault(group) + more;
            if (count == 0)
            {
                // Groups are named by what users write: one that nobody is in is not kept.
                _held.Remove(group);
            }
            else
            {
                _held[group] = count;
            }
        }

        DropIfEmpty(tenant);
    }

    private Tenant TenantOf(string name)
    {
        if (!_tenants.TryGetValue(name, out var tenant))
        {
            _tenants[name] = tenant = new Tenant(name) { Served = _stamps++ };
        }

        return tenant;
    }

    private Row RowOf(FairTicket ticket) => TenantOf(ticket.Key.Namespace).Rows[(int)ticket.Priority.Class];

    private void DropIfEmpty(Tenant tenant)
    {
        if (tenant.IsEmpty)
        {
            _tenants.Remove(tenant.Name);
        }
    }

    /// <summary>Changes what a row is sorted by.</summary>
    private void Change(Row row, Action change)
    {
        Remove(row);
        change();
        Put(row);
    }

    private void Remove(Row row)
    {
        if (row.Sorted.Count > 0)
        {
            var line = _lines[(int)row.Class];
            line.Plain.Remove(row);
            line.Weighted.Remove(row);
        }
    }

    private void Put(Row row)
    {
        if (row.Sorted.Count > 0)
        {
            row.Count();
            var line = _lines[(int)row.Class];
            line.Plain.Add(row);
            line.Weighted.Add(row);
        }
    }

    private static string GroupName(QueuePriority priority) => priority.Group ?? "";

    private static int PlainOrder(Row one, Row other) =>
        one.Holds != other.Holds ? one.Holds.CompareTo(other.Holds) : ServedOrder(one, other);

    private static int WeightedOrder(Row one, Row other)
    {
        // (a + 1) / x against (b + 1) / y, without rounding.
        var order = ((one.Holds + 1) * other.Weight).CompareTo((other.Holds + 1) * one.Weight);
        return order != 0 ? order : ServedOrder(one, other);
    }

    private static int ServedOrder(Row one, Row other) =>
        one.Tenant.Served != other.Tenant.Served
            ? one.Tenant.Served.CompareTo(other.Tenant.Served)
            : string.CompareOrdinal(one.Tenant.Name, other.Tenant.Name);

    /// <summary>The namespaces that have something of one class waiting.</summary>
    private sealed class Line
    {
        public SortedSet<Row> Plain { get; } = new(Comparer<Row>.Create(PlainOrder));

        public SortedSet<Row> Weighted { get; } = new(Comparer<Row>.Create(WeightedOrder));
    }

    private sealed class Tenant
    {
        public Tenant(string name)
        {
            Name = name;
            Rows = [new Row(this, WorkClass.Local), new Row(this, WorkClass.Healing), new Row(this, WorkClass.Remote)];
        }

        public string Name { get; }

        public Row[] Rows { get; }

        /// <summary>How many places it holds, by class, parked ones too.</summary>
        public int[] Held { get; } = new int[3];

        public int HeldOfRemotes => Held[(int)WorkClass.Healing] + Held[(int)WorkClass.Remote];

        /// <summary>Counts up: who was served last, or came last.</summary>
        public long Served { get; set; }

        public bool IsEmpty => Array.TrueForAll(Held, held => held == 0) && Array.TrueForAll(Rows, row => row.Groups.Count == 0);
    }

    /// <summary>What waits of one class in one namespace.</summary>
    private sealed class Row(Tenant tenant, WorkClass work)
    {
        public Tenant Tenant { get; } = tenant;

        public WorkClass Class { get; } = work;

        public Dictionary<string, Group> Groups { get; } = [];

        /// <summary>The groups, by what waits first in each.</summary>
        public SortedSet<Group> Sorted { get; } = new(Comparer<Group>.Create((one, other) => FairTicket.Order(one.First, other.First)));

        /// <summary>How many places its namespace holds, as it is sorted by.</summary>
        public long Holds { get; private set; }

        /// <summary>What a place counts for: as many times less.</summary>
        public long Weight { get; private set; }

        public void Count()
        {
            Holds = Class == WorkClass.Local ? Tenant.Held[(int)Class] : Tenant.HeldOfRemotes;
            Weight =
                Sorted.Min!.First.Priority.IsAwaited ? AwaitedWeight
                : Class == WorkClass.Healing ? HealingWeight
                : 1;
        }
    }

    private sealed class Group(string? name)
    {
        public string? Name { get; } = name;

        public SortedSet<FairTicket> Waiting { get; } = new(Comparer<FairTicket>.Create(FairTicket.Order));

        /// <summary>What waits first, as the group is sorted by.</summary>
        public FairTicket First { get; private set; } = null!;

        /// <returns>The group, ready to be sorted by what waits first in it now.</returns>
        public Group Sorted()
        {
            First = Waiting.Min!;
            return this;
        }
    }
}
