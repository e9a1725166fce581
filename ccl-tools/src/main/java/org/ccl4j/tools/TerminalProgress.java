package org.ccl4j.tools;

import java.io.Console;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar on standard error for what takes long; it is gone before the result is printed. */
final class TerminalProgress implements ProgressMeter {
  private static final long DELAY_NANOS = 2_000_000_000L;

  /** Fits the narrowest usual terminal: a longer line would wrap and could not be taken back. */
  private static final int WIDTH = 79;

  private final PrintStream err;
  private final String unit;
  private final long unitSize;
  private String label = "";
  private long total;
  private long done;
  private long start;
  private boolean running;
  private @Nullable ProgressBar bar;

  TerminalProgress(PrintStream err, String unit, long unitSize) {
    this.err = err;
    this.unit = unit;
    this.unitSize = unitSize;
  }

  /**
   * A bar where a person watches the output, else nothing.
   *
   * @param unit what the bar counts, as text
   * @param unitSize how much of what is advanced makes one unit
   */
  static ProgressMeter forProcess(String unit, long unitSize) {
    return isTerminal(System.console()) ? new TerminalProgress(System.err, unit, unitSize) : NONE;
  }

  private static boolean isTerminal(@Nullable Console console) {
    if (console == null) {
      return false;
    }
    try {
      // From JDK 22 on there is a console even without a terminal, and this method to tell.
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (IllegalAccessException | InvocationTargetException e) {
      return false;
    }
  }

  @Override
  public void start(String text, long work) {
    label = text;
    total = work;
    done = 0;
    start = System.nanoTime();
    running = true;
  }

  @Override
  public void advance(long work) {
    if (!running) {
      return;
    }
    done += work;
    if (bar != null) {
      bar.stepTo(Math.min(done, total));
      return;
    }
    long elapsed = System.nanoTime() - start;
    if (elapsed > DELAY_NANOS) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(label)
              .setInitialMax(total)
              .setUnit(" " + unit, unitSize)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(250)
              .setConsumer(new ConsoleProgressBarConsumer(err, WIDTH))
              .clearDisplayOnFinish()
              .startsFrom(done, Duration.ofNanos(elapsed))
              .build();
    }
  }

  @Override
  public void end() {
    running = false;
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
