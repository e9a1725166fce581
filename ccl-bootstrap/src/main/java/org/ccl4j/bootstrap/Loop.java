package org.ccl4j.bootstrap;

import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** One daemon thread that serves any number of non-blocking channels. */
final class Loop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Loop.class.getName());

  private final Selector selector;
  private final Clock clock;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean closed;

  /** What is attached to a channel. */
  interface Ready {
    /** Called when the channel can do something that was asked for. */
    void ready();
  }

  /** What happens with time. */
  interface Clock {
    /** Does what is due and gives the milliseconds until something is; 0 when nothing ever is. */
    long tick();
  }

  private Loop(String name, Selector selector, Clock clock) {
    this.selector = selector;
    this.clock = clock;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  static Loop start(String name, Clock clock) throws IOException {
    Loop loop = new Loop(name, Selector.open(), clock);
    loop.thread.start();
    return loop;
  }

  /** Runs it soon on the thread of the loop; never once the loop is closed. */
  void execute(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  SelectionKey register(SelectableChannel channel, int interest, Ready ready) throws IOException {
    try {
      return channel.register(selector, interest, ready);
    } catch (ClosedSelectorException e) {
      throw new IOException("the loop is closed", e);
    }
  }

  boolean isCurrentThread() {
    return Thread.currentThread().equals(thread);
  }

  void wakeUp() {
    selector.wakeup();
  }

  private void run() {
    try (selector) {
      while (!closed) {
        long wait = clock.tick();
        selector.select(key -> guarded(((Ready) key.attachment())::ready), wait);
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          guarded(task);
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "the thread " + thread.getName() + " ends", e);
    }
  }

  /** One connection's failure is not the others'. */
  private static void guarded(Runnable body) {
    try {
      body.run();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a connection was not served", e);
    }
  }

  /** Ends the thread. The channels are left to their owners. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    boolean interrupted = false;
    while (thread.isAlive() && !isCurrentThread()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
