package org.ccl4j.examples;

import org.ccl4j.api.Store;
import org.ccl4j.tck.StoreConformance;

/** A store of one's own keeps what every store promises. */
class TableStoreTest extends StoreConformance {

  @Override
  protected Store open() {
    return new TableStore(new MemoryTable());
  }
}
