using System.Runtime.InteropServices;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>
/// Bounds the time that is spent on finding out which attributes hold for which file. A line of <c>.gitattributes</c> such as
/// <c>*a*a*a*a*b eol=crlf</c> can take libgit2 longer than the sun will shine, for a single name, as it did git before 2.40.
/// </summary>
internal sealed partial class AttributeTime
{
    /// <summary>For all files of a commit. Ten lines of usual patterns take some 10 µs a file.</summary>
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(5);

    /// <summary>What each file adds.</summary>
    private static readonly TimeSpan ForEachFile = TimeSpan.FromMilliseconds(0.25);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly long _most;
    private readonly List<Worker> _workers = [];
    private long _spent;

    /// <param name="files">How many files the commit has.</param>
    public AttributeTime(int files) => _most = (Start + (ForEachFile * files)).Ticks;

    private static RemoteFailureException Exceeded => new(
        Reasons.Unsupported,
        "The lines of the repository's .gitattributes take too long to be compared with its files: remove those with many asterisks on the branch, "
        + "or choose another branch by spec.branch.");

    /// <summary>Does work that looks attributes up, and ends when it takes too long; then the work itself is left behind, for the process to end.</summary>
    /// <exception cref="RemoteFailureException">It takes too long.</exception>
    public void Watch(Action work)
    {
        var working = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (Task.WaitAny([working], Interval) < 0)
        {
            ThrowWhenExceeded(Running());
        }

        working.GetAwaiter().GetResult();
    }

    /// <summary>Counts for one of those who work side by side.</summary>
    public Worker NewWorker()
    {
        var worker = new Worker(this);
        lock (_workers)
        {
            _workers.Add(worker);
        }

        return worker;
    }

    private void ThrowWhenExceeded(long running)
    {
        if (Interlocked.Read(ref _spent) + running > _most)
        {
            throw Exceeded;
        }
    }

    private long Running()
    {
        lock (_workers)
        {
            return _workers.Sum(worker => worker.Running);
        }
    }

    /// <summary>Measures look-ups by the thread's own processor time: what a slow volume or a busy machine takes is no fault of a pattern.</summary>
    public sealed class Worker
    {
        private const long None = -1;

        private readonly AttributeTime _all;
        private readonly Lock _lock = new();
        private int _clock;
        private long _since = None;

        internal Worker(AttributeTime all) => _all = all;

        /// <summary>How long the present look-up has taken, in ticks of 100 ns; 0: there is none.</summary>
        internal long Running
        {
            get
            {
                lock (_lock)
                {
                    return _since == None ? 0 : Now() - _since;
                }
            }
        }

        /// <summary>A look-up begins; it ends in the same thread.</summary>
        public void Begin()
        {
            lock (_lock)
            {
                Check(pthread_getcpuclockid(pthread_self(), out _clock));
                _since = Now();
            }
        }

        /// <summary>It has ended.</summary>
        /// <exception cref="RemoteFailureException">All together have taken too long.</exception>
        public void End()
        {
            lock (_lock)
            {
                Interlocked.Add(ref _all._spent, Now() - _since);
                _since = None;
            }

            _all.ThrowWhenExceeded(0);
        }

        private long Now()
        {
            Check(clock_gettime(_clock, out var time) == 0 ? 0 : Marshal.GetLastSystemError());
            return (time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick);
        }

        private static void Check(int error)
        {
            if (error != 0)
            {
                throw new InvalidOperationException($"A thread's processor time can't be read: {Marshal.GetPInvokeErrorMessage(error)}.");
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc")]
    private static partial nint pthread_self();

    [LibraryImport("libc")]
    private static partial int pthread_getcpuclockid(nint thread, out int clock);

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Time time);
}
