import java.io.File;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/* Asks veraPDF's library about many files in one virtual machine. One line per file on stdout:
 * PASS<TAB>flavour<TAB>file, FAIL<TAB>flavour<TAB>file<TAB>rule rule …, ERROR<TAB>-<TAB>file<TAB>why.
 * Arguments: flavour ("2u", or "auto": what the file claims), files. Ends with 0 when all pass. */
public final class PdfaJudge {
  private static final int MAX_FAILURES = 100;

  private static boolean judge (String wanted, File file) {
    PDFAFlavour flavour = wanted.equals ("auto") ? PDFAFlavour.NO_FLAVOUR : PDFAFlavour.fromString (wanted);

    try (PDFAParser parser = wanted.equals ("auto")
                               ? Foundries.defaultInstance ().createParser (file)
                               : Foundries.defaultInstance ().createParser (file, flavour)) {
      if (parser.getFlavours ().isEmpty () || parser.getFlavour () == PDFAFlavour.NO_FLAVOUR) {
        System.out.println ("FAIL\t-\t" + file + "\tclaims no PDF/A");
        return false;
      }
      PDFAFlavour used = parser.getFlavour ();
      try (PDFAValidator validator = Foundries.defaultInstance ().createValidator (used, MAX_FAILURES, false, false, false)) {
        ValidationResult result = validator.validate (parser);
        Map<String, Integer> rules = new TreeMap<> ();

        for (TestAssertion test : result.getTestAssertions ()) {
          if (test.getStatus () == TestAssertion.Status.FAILED)
            rules.merge (test.getRuleId ().getClause () + "-" + test.getRuleId ().getTestNumber (), 1, Integer::sum);
        }
        System.out.println ((result.isCompliant () ? "PASS\t" : "FAIL\t") + used.getId () + "\t" + file
                            + (result.isCompliant () ? "" : "\t" + String.join (" ", rules.keySet ())));
        return result.isCompliant ();
      }
    } catch (Exception e) {
      System.out.println ("ERROR\t-\t" + file + "\t" + String.valueOf (e.getMessage ()).replaceAll ("\\s+", " "));
      return false;
    }
  }

  public static void main (String[] args) {
    boolean all = true;

    Logger.getLogger ("").setLevel (Level.OFF);
    VeraGreenfieldFoundryProvider.initialise ();
    for (int i = 1; i < args.length; i++)
      all &= judge (args[0], new File (args[i]));
    System.exit (all && args.length > 1 ? 0 : 1);
  }
}
