package thingrelay;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Properties;
import javax.naming.AuthenticationException;
import org.apache.pulsar.broker.ServiceConfiguration;
import org.apache.pulsar.broker.authentication.AuthenticationDataSource;
import org.apache.pulsar.broker.authentication.AuthenticationProvider;

/**
 * Lets a client in as Tuya's message service does: by the HTTP headers {@code username} and {@code
 * password} of its WebSocket handshake. Its role is then its user name.
 *
 * <p>The file of known pairs, one {@code name=password} a line, is read at every check: a pair can
 * be added or changed under way. The administrator, and the broker when it calls itself, bring a
 * token instead.
 */
@SuppressWarnings("deprecation") // The newer methods, which need not answer at once, call these.
public final class HeaderAuth implements AuthenticationProvider {
    private static final String ADMIN = "admin";

    private String adminToken;
    private Path pairs;

    @Override
    public void initialize(ServiceConfiguration configuration) throws IOException {
        adminToken = setting(configuration, "headerAuthAdminToken");
        pairs = Paths.get(setting(configuration, "headerAuthPairs"));
    }

    /** The name under which Pulsar's own clients send a token. */
    @Override
    public String getAuthMethodName() {
        return "token";
    }

    @Override
    public String authenticate(AuthenticationDataSource client) throws AuthenticationException {
        if (client.hasDataFromCommand()) {
            return admin(client.getCommandData());
        }
        if (!client.hasDataFromHttp()) {
            throw new AuthenticationException("neither a token nor headers");
        }
        String authorization = client.getHttpHeader("Authorization");
        if (authorization != null) {
            return admin(authorization.replaceFirst("^Bearer ", ""));
        }
        return user(client.getHttpHeader("username"), client.getHttpHeader("password"));
    }

    @Override
    public void close() {
        // Nothing is kept open.
    }

    private String admin(String token) throws AuthenticationException {
        if (!adminToken.equals(token)) {
            throw new AuthenticationException("not the administrator's token");
        }
        return ADMIN;
    }

    private String user(String name, String password) throws AuthenticationException {
        if (name == null || password == null) {
            throw new AuthenticationException("the headers username and password are missing");
        }
        Properties known = new Properties();
        try (Reader file = Files.newBufferedReader(pairs, StandardCharsets.UTF_8)) {
            known.load(file);
        } catch (IOException error) {
            throw new AuthenticationException("cannot read " + pairs + ": " + error);
        }
        if (!password.equals(known.getProperty(name))) {
            throw new AuthenticationException("wrong user name or password");
        }
        return name;
    }

    private static String setting(ServiceConfiguration configuration, String name)
            throws IOException {
        Object value = configuration.getProperty(name);
        if (value == null || value.toString().isEmpty()) {
            throw new IOException(name + " is not set");
        }
        return value.toString();
    }
}
