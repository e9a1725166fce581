package org.ccl4j.fake;

/** Work whose end is the end of an exchange. */
abstract class ExchangeWork extends Work {
  private final Exchange exchange;

  ExchangeWork(Exchange exchange, long chunks) {
    super(chunks);
    this.exchange = exchange;
  }

  @Override
  final void completed(Scheduler scheduler) {
    exchange.finish(scheduler);
  }

  @Override
  final void failed(Scheduler scheduler, Throwable cause) {
    exchange.fail(scheduler, cause);
  }
}
