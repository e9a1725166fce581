package org.ccl4j.jna.sys;

import com.sun.jna.Structure;

/** A unique id as C passes it: a structure of 128 bytes by value. */
@Structure.FieldOrder("internal")
public final class IdByValue extends Structure implements Structure.ByValue {
  static final int BYTES = 128;

  /** The bytes; public and not final, because JNA reads it by reflection and skips constants. */
  public byte[] internal = new byte[BYTES];

  IdByValue(byte[] id) {
    if (id.length != BYTES) {
      throw new IllegalArgumentException("an id of " + id.length + " bytes; it has " + BYTES);
    }
    System.arraycopy(id, 0, internal, 0, BYTES);
  }
}
