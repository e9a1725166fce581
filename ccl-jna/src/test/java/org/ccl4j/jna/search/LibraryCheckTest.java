package org.ccl4j.jna.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of bad file has a sentence of its own. */
final class LibraryCheckTest {
  @TempDir private Path folder;

  private static Refusal refusal(Path file) {
    return LibraryCheck.check(file, CLibraries.SPEC).orElseThrow();
  }

  @Test
  void aGoodLibraryIsNotRefused() throws Exception {
    Path good = CLibraries.compile(folder.resolve("libthing.so.2"), CLibraries.GOOD);

    assertEquals(Optional.empty(), LibraryCheck.check(good, CLibraries.SPEC));
  }

  @Test
  void aFileThatDoesNotExist() {
    Refusal refusal = refusal(folder.resolve("libthing.so.2"));

    assertEquals("does not exist", refusal.reason());
    assertEquals(
        "Correct the path, or unset it to have the usual places searched.", refusal.remedy());
  }

  @Test
  void aFileThatDoesNotExistBesideOneThatDoes() throws Exception {
    Path there = Files.createFile(folder.resolve("libthing.so.1"));

    assertEquals(
        "Correct the path; its folder has the file, " + there + ".",
        refusal(folder.resolve("libthing.so")).remedy());
  }

  @Test
  void aHomeFolderThatOnlyTheShellKnows() {
    assertEquals(
        "Write the home folder out; only the shell knows the sign ~.",
        refusal(folder.resolve("~/libthing.so.2")).remedy());
  }

  @Test
  void aLinkToNothing() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("libthing.so.2"), Path.of("gone.so"));

    assertEquals("is a link to a file that does not exist", refusal(link).reason());
  }

  @Test
  void aFolder() throws Exception {
    Path there = Files.createFile(folder.resolve("libthing.so.2"));

    assertEquals(
        new Refusal("is a folder", "Name the file in it, " + there + "."), refusal(folder));
  }

  @Test
  void aFileThatMayNotBeRead() throws Exception {
    Path file = Files.createFile(folder.resolve("libthing.so.2"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(file), "this user may read everything (root)");

    assertEquals("may not be read by this user", refusal(file).reason());
  }

  /** Opening it would wait for somebody to write. */
  @Test
  void aPipe() throws Exception {
    Path pipe = folder.resolve("libthing.so.2");
    Process process = new ProcessBuilder("mkfifo", pipe.toString()).start();
    assertTrue(process.waitFor(10, TimeUnit.SECONDS));

    assertEquals("is no regular file", refusal(pipe).reason());
  }

  @Test
  void aFileThatIsNoLibrary() throws Exception {
    Path text = Files.writeString(folder.resolve("libthing.so.2"), "hello");

    assertEquals(
        new Refusal(
            "is no library: it does not begin as an ELF file does",
            "Name the shared library itself, such as libthing.so.2."),
        refusal(text));
  }

  @Test
  void aLibraryForAnotherProcessor() throws Exception {
    assertEquals(
        "is for 64-bit RISC-V; this process is " + thisProcessor(),
        refusal(alteredJdkLibrary(18, (byte) 243)).reason());
  }

  @Test
  void aLibraryForAnotherWordSize() throws Exception {
    assertTrue(
        refusal(alteredJdkLibrary(4, (byte) 1)).reason().startsWith("is for 32-bit "),
        "word size comes first");
  }

  @Test
  void aLibraryForAnotherByteOrder() throws Exception {
    Path file = Files.write(folder.resolve("big"), bigEndianLibrary());

    assertEquals(
        "is for 64-bit S/390 big-endian; this process is " + thisProcessor(),
        refusal(file).reason());
  }

  private static byte[] bigEndianLibrary() {
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.BIG_ENDIAN);
    bytes.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 2, 1});
    return bytes.putShort(16, (short) 3).putShort(18, (short) 22).array();
  }

  private static String thisProcessor() {
    return ElfHeader.ofThisProcess().orElseThrow().processor();
  }

  private Path alteredJdkLibrary(int at, byte value) throws IOException {
    byte[] bytes = Files.readAllBytes(CLibraries.ofTheJdk());
    bytes[at] = value;
    return Files.write(folder.resolve("altered"), bytes);
  }

  @Test
  void anObjectFile() throws Exception {
    Path object = CLibraries.compile(folder.resolve("thing.o"), CLibraries.GOOD, "-c");

    assertEquals(
        "is an object file for the linker, not a shared library", refusal(object).reason());
  }

  @Test
  void aLibraryThatIsCutOff() throws Exception {
    byte[] whole = Files.readAllBytes(CLibraries.ofTheJdk());
    Path part = Files.write(folder.resolve("part"), Arrays.copyOf(whole, whole.length / 2));

    Refusal refusal = refusal(part);

    assertTrue(
        refusal.reason().startsWith("is cut off: it has " + whole.length / 2 + " bytes of at"),
        refusal::reason);
    assertEquals("Install or copy it again; the copy was not completed.", refusal.remedy());
  }

  @Test
  void anOldLibraryWithTheVersionsThatWouldHaveTheMissingSymbols() throws Exception {
    Path old =
        CLibraries.compile(
            folder.resolve("libthing.so.2"),
            "int thingGetVersion(int *v) { *v = 1; return 0; }\nint thingSend(void) { return 0; }");

    assertEquals(
        new Refusal(
            "lacks thingGather (of version 2.28)", "Install a newer libthing. Install libthing."),
        refusal(old));
  }

  @Test
  void quiteAnotherLibrary() throws Exception {
    assertEquals(
        new Refusal(
            "is another library: it has none of the functions of libthing (it calls itself"
                + " libjava.so)",
            "Name the file of libthing, such as libthing.so.2."),
        refusal(CLibraries.ofTheJdk()));
  }

  @Test
  void anotherVendorsLibraryByASymbol() throws Exception {
    Path other =
        CLibraries.compile(
            folder.resolve("libthing.so.2"),
            CLibraries.GOOD + "int otherDevice(void) { return 0; }");

    assertEquals(
        new Refusal(
            "is Other's libthing: it has otherDevice",
            "Use the backend for Other's libthing if there is one, or name the file of the library that is"
                + " wanted."),
        refusal(other));
  }

  @Test
  void anotherVendorsLibraryByWhatItIsLinkedWith() throws Exception {
    Path runtime =
        CLibraries.compile(
            folder.resolve("libother64.so.6"),
            "int otherStart(void) { return 0; }",
            "-Wl,-soname,libother64.so.6");
    Path other =
        CLibraries.compile(
            folder.resolve("libthing.so.2"),
            CLibraries.GOOD + "int otherStart(void); int go(void) { return otherStart(); }",
            runtime.toString());

    assertEquals("is Other's libthing: it is linked with libother64.so.6", refusal(other).reason());
  }

  @Test
  void aLibraryThatBearsNoneOfTheMarks() throws Exception {
    Path file = CLibraries.compile(folder.resolve("libthing.so.2"), CLibraries.GOOD);

    assertEquals(
        Optional.of(
            new Refusal(
                "has the functions of libthing, but is another vendor's: it neither has nor is"
                    + " linked with thingTrick or libtrick",
                "Use the backend for that vendor, or name the file of libthing.")),
        LibraryCheck.check(file, CLibraries.marked("thingTrick", "libtrick")));
    assertEquals(
        Optional.empty(), LibraryCheck.check(file, CLibraries.marked("libtrick", "thingSend")));
  }

  @Test
  void namesOutOfAFileCannotSteerATerminal() {
    assertEquals("a?[31mb?", Printable.of("a\u001b[31mb\n"));
    assertEquals(1003, Printable.of("x".repeat(5000)).length());
  }
}
