import java.io.FileInputStream;
import java.util.Set;
import java.util.stream.Collectors;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;

/** Says of each file whether it conforms to the flavour of the first argument (3a, ua1); ends with 1 if one does not. */
class Check {
    public static void main(String[] args) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        var flavour = PDFAFlavour.byFlavourId(args[0]);
        boolean good = true;
        for (int at = 1; at < args.length; at++) {
            try (var file = new FileInputStream(args[at]);
                    var parser = Foundries.defaultInstance().createParser(file, flavour);
                    var validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                var result = validator.validate(parser);
                Set<String> failed = result.getTestAssertions().stream()
                        .map(one -> one.getRuleId().getClause() + ": " + one.getMessage() + " " + one.getErrorMessage())
                        .collect(Collectors.toSet());
                good &= result.isCompliant();
                System.out.println(args[at] + ": " + (result.isCompliant() ? "conforms" : failed));
            }
        }
        System.exit(good ? 0 : 1);
    }
}
